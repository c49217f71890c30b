// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace cryoscope
{

/// Whether a character is an ASCII digit.
[[nodiscard]] constexpr bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// 0 to 15 for a hexadecimal digit of either case, -1 for anything else.
[[nodiscard]] constexpr int hexDigit(char c)
{
    if (isDigit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/// Whether a character is a hexadecimal digit of either case.
[[nodiscard]] constexpr bool isHexDigit(char c)
{
    return hexDigit(c) >= 0;
}

} // namespace cryoscope
