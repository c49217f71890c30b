// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cryoscope::test
{

/// Small images with what the recorded checkpoints do not have, by name: every spelling that crit has for a
/// value, and every payload. What crit prints about them is recorded in tests/data/critcases.golden.tar.zst.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> critCases();

} // namespace cryoscope::test
