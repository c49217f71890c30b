// SPDX-License-Identifier: Apache-2.0
#include "tests/support/zoothemes.h"

#include "tests/support/fail.h"

#include <algorithm>
#include <filesystem>

namespace cryoscope::test
{

std::vector<std::string> zooThemes(const std::string &data)
{
    std::vector<std::string> names;
    for (const auto &entry : std::filesystem::directory_iterator(data + "/zoo")) {
        const std::string name = entry.path().filename().string();
        const auto dot = name.find('.');
        if (name.substr(dot) == ".tar.zst")
            names.push_back(name.substr(0, dot));
    }
    if (names.size() < 10)
        fail("the recorded zoo is missing");
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace cryoscope::test
