// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace cryoscope::test
{

/// Names of the recorded dumps of the zoo, sorted: DATA/zoo/NAME.tar.zst, and NAME.golden.tar.zst with what
/// crit says of it. `data` is CRYOSCOPE_TEST_DATA. Never empty.
[[nodiscard]] std::vector<std::string> zooThemes(const std::string &data);

} // namespace cryoscope::test
