// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// The values of a text that lists one a line: a CR before the line end is dropped, empty lines are no
/// values.
[[nodiscard]] std::vector<std::string> splitValues(std::string_view text);

/// The values of a file that lists one a line. InputUnreadable; Unsupported if it is longer than 64 MiB. What
/// was read of the file is overwritten; the caller wipes the values (core/base/wipe.h).
[[nodiscard]] Result<std::vector<std::string>> readValues(const std::string &path);

} // namespace cryoscope
