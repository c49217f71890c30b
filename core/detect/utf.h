// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cryoscope
{

/// The code points of well-formed UTF-8 (no surrogates, no overlong forms); nothing if it is not well-formed.
[[nodiscard]] std::optional<std::u32string> decodeUtf8(std::string_view text);

/// Appends a code point (at most 0x10ffff) in UTF-8.
void appendUtf8(std::string &out, char32_t codePoint);

enum class ByteSex { Little, Big };
/// UTF-16 without a byte order mark.
[[nodiscard]] std::string encodeUtf16(std::u32string_view text, ByteSex order);
/// UTF-32 without a byte order mark.
[[nodiscard]] std::string encodeUtf32(std::u32string_view text, ByteSex order);
/// UTF-8 of UTF-16 bytes; nothing if they are odd in number or hold a lone surrogate.
[[nodiscard]] std::optional<std::string> utf8FromUtf16(std::string_view bytes, ByteSex order);
/// UTF-8 of UTF-32 bytes; nothing if they are no text.
[[nodiscard]] std::optional<std::string> utf8FromUtf32(std::string_view bytes, ByteSex order);

} // namespace cryoscope
