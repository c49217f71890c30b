// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <cerrno>
#include <cstring>
#include <string>

namespace cryoscope
{

/// What the last failed call of this thread says (errno) about writing to `path`.
[[nodiscard]] inline Error unwritable(const std::string &path)
{
    return {ErrorCode::OutputUnwritable, std::strerror(errno), path, std::nullopt};
}

} // namespace cryoscope
