// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/memory/memory.h"

#include <string>
#include <vector>

namespace cryoscope
{

/// One NUL-terminated string of argv or of the initial environment.
struct TaskString {
    uint64_t address = 0; ///< virtual address of its first byte
    std::string text;     ///< without the NUL
    bool complete = true; ///< false: a part of it is not in the checkpoint
};

/// argv of a task, found by mm.img (arg_start, arg_end). Empty if the task has no memory or the pages are
/// absent.
[[nodiscard]] std::vector<TaskString> taskArguments(const Memory &memory, uint32_t pid);
/// The initial environment ("NAME=value"), found by mm.img (env_start, env_end).
[[nodiscard]] std::vector<TaskString> taskEnvironment(const Memory &memory, uint32_t pid);

} // namespace cryoscope
