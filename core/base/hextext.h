// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstdint>
#include <string>

namespace cryoscope
{

/// "0x" and the number in small hexadecimal digits, without zeros before it.
[[nodiscard]] inline std::string hexText(uint64_t number)
{
    char text[2 + 16] = {'0', 'x'};
    const auto end = std::to_chars(text + 2, text + sizeof text, number, 16).ptr;
    return {text, end};
}

} // namespace cryoscope
