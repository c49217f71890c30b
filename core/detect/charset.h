// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/digits.h"

#include <bitset>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

using CharSet = std::bitset<256>;

/// "A-Za-z0-9_-" as in a regular expression's brackets; a '-' at an end stands for itself.
[[nodiscard]] CharSet charSet(std::string_view text);

[[nodiscard]] constexpr bool isLower(char c)
{
    return c >= 'a' && c <= 'z';
}
[[nodiscard]] constexpr bool isUpper(char c)
{
    return c >= 'A' && c <= 'Z';
}
[[nodiscard]] constexpr bool isAlpha(char c)
{
    return isLower(c) || isUpper(c);
}
[[nodiscard]] constexpr bool isAlnum(char c)
{
    return isAlpha(c) || isDigit(c);
}
[[nodiscard]] constexpr bool isBase64Url(char c)
{
    return isAlnum(c) || c == '-' || c == '_';
}
[[nodiscard]] constexpr bool isPrintable(char c)
{
    return c >= 0x20 && c < 0x7f;
}
[[nodiscard]] constexpr bool isControl(char c)
{
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}
[[nodiscard]] constexpr char lowerChar(char c)
{
    return isUpper(c) ? static_cast<char>(c | 0x20) : c;
}

/// The text with small letters for ASCII capitals.
[[nodiscard]] std::string lowered(std::string_view text);

/// What may follow an anchor: pieces like "[A-Za-z0-9]{22}_[a-f0-9]{32,64}". Each piece takes as many
/// characters as it can and gives none back.
class TokenPattern
{
public:
    /// Nothing if the text is no pattern.
    [[nodiscard]] static std::optional<TokenPattern> parse(std::string_view text);

    /// Where a token whose anchor ends at `at` ends, or npos. A character of the last piece's set beyond its
    /// count, or a word that goes on, means that it is something else.
    [[nodiscard]] size_t match(std::string_view text, size_t at) const;

private:
    struct Piece {
        CharSet set;
        size_t least = 1;
        size_t most = 1;
    };
    std::vector<Piece> m_pieces;
};

} // namespace cryoscope
