// SPDX-License-Identifier: Apache-2.0
#include "core/base/clock.h"

#include <array>

namespace cryoscope
{

std::string utcText(std::time_t time)
{
    std::tm utc{};
    if (::gmtime_r(&time, &utc) == nullptr)
        return {};
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

std::string utcNow()
{
    return utcText(std::time(nullptr));
}

} // namespace cryoscope
