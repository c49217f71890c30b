// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/checkpoint/checkpoint.h"

#include <string>

namespace cryoscope::cli
{

// The JSON of go-criu's `crit x DIR ps|fds|mems`: its names and nesting, four spaces, & < > escaped, newline
// at the end. The order is that of the images (go-criu's changes from run to run), and each file mapping has
// its path (go-criu leaves it out where the offset is 0).
[[nodiscard]] std::string psJson(const Checkpoint &checkpoint);
[[nodiscard]] std::string fdsJson(const Checkpoint &checkpoint);
[[nodiscard]] std::string memsJson(const Checkpoint &checkpoint);

} // namespace cryoscope::cli
