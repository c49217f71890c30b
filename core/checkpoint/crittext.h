// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/checkpoint/checkpoint.h"

#include <string>

namespace cryoscope
{

/// The text of `crit x DIR ps`, byte for byte (crit 4.2.1), newline at the end included.
[[nodiscard]] std::string critPs(const Checkpoint &checkpoint);
/// The text of `crit x DIR fds`. crit stops at a zombie; here its pid line is printed and the next task
/// follows.
[[nodiscard]] std::string critFds(const Checkpoint &checkpoint);
/// The text of `crit x DIR mems`. Zombies as in critFds().
[[nodiscard]] std::string critMems(const Checkpoint &checkpoint);

/// What crit calls the file that a mapping of files.img entry `id` maps.
[[nodiscard]] std::string critMappedFile(const Checkpoint &checkpoint, uint32_t id);

} // namespace cryoscope
