// SPDX-License-Identifier: Apache-2.0
#include "core/detect/utf.h"

#include <array>
#include <cstdint>

namespace cryoscope
{

namespace
{

bool isSurrogate(char32_t c)
{
    return c >= 0xd800 && c < 0xe000;
}

uint32_t unit(std::string_view bytes, size_t at, ByteSex order)
{
    const auto first = static_cast<unsigned char>(bytes[at]);
    const auto second = static_cast<unsigned char>(bytes[at + 1]);
    return order == ByteSex::Little ? first | (second << 8u) : second | (first << 8u);
}

} // namespace

std::optional<std::u32string> decodeUtf8(std::string_view text)
{
    std::u32string out;
    out.reserve(text.size());
    for (size_t at = 0; at < text.size();) {
        const auto lead = static_cast<unsigned char>(text[at]);
        const size_t length = lead < 0x80         ? 1
                              : (lead >> 5) == 6  ? 2
                              : (lead >> 4) == 14 ? 3
                              : (lead >> 3) == 30 ? 4
                                                  : 0;
        if (length == 0 || length > text.size() - at)
            return std::nullopt;
        char32_t c = length == 1 ? lead : lead & (0x7fu >> length);
        for (size_t i = 1; i < length; ++i) {
            const auto byte = static_cast<unsigned char>(text[at + i]);
            if ((byte & 0xc0) != 0x80)
                return std::nullopt;
            c = (c << 6) | (byte & 0x3f);
        }
        static constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
        if (c < smallest[length] || c > 0x10ffff || isSurrogate(c))
            return std::nullopt;
        out += c;
        at += length;
    }
    return out;
}

void appendUtf8(std::string &out, char32_t c)
{
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xc0 | (c >> 6));
        out += static_cast<char>(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        out += static_cast<char>(0xe0 | (c >> 12));
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
        out += static_cast<char>(0x80 | (c & 0x3f));
    } else {
        out += static_cast<char>(0xf0 | (c >> 18));
        out += static_cast<char>(0x80 | ((c >> 12) & 0x3f));
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
        out += static_cast<char>(0x80 | (c & 0x3f));
    }
}

std::string encodeUtf16(std::u32string_view text, ByteSex order)
{
    std::string out;
    const auto put = [&](char32_t value) {
        const char low = static_cast<char>(value & 0xff);
        const char high = static_cast<char>((value >> 8) & 0xff);
        out += order == ByteSex::Little ? low : high;
        out += order == ByteSex::Little ? high : low;
    };
    for (const char32_t c : text) {
        if (c < 0x10000) {
            put(c);
        } else {
            put(0xd800 + ((c - 0x10000) >> 10));
            put(0xdc00 + ((c - 0x10000) & 0x3ff));
        }
    }
    return out;
}

std::string encodeUtf32(std::u32string_view text, ByteSex order)
{
    std::string out;
    for (const char32_t c : text) {
        for (unsigned i = 0; i < 4; ++i)
            out += static_cast<char>((c >> 8 * (order == ByteSex::Little ? i : 3 - i)) & 0xff);
    }
    return out;
}

std::optional<std::string> utf8FromUtf16(std::string_view bytes, ByteSex order)
{
    if (bytes.size() % 2 != 0)
        return std::nullopt;
    std::string out;
    for (size_t at = 0; at < bytes.size(); at += 2) {
        char32_t c = unit(bytes, at, order);
        if (isSurrogate(c)) {
            if (c >= 0xdc00 || bytes.size() - at < 4)
                return std::nullopt;
            at += 2;
            const char32_t low = unit(bytes, at, order);
            if (low < 0xdc00 || low >= 0xe000)
                return std::nullopt;
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        }
        appendUtf8(out, c);
    }
    return out;
}

std::optional<std::string> utf8FromUtf32(std::string_view bytes, ByteSex order)
{
    if (bytes.size() % 4 != 0)
        return std::nullopt;
    std::string out;
    for (size_t at = 0; at < bytes.size(); at += 4) {
        const char32_t first = unit(bytes, at, order);
        const char32_t second = unit(bytes, at + 2, order);
        const char32_t c = order == ByteSex::Little ? first | second << 16 : first << 16 | second;
        if (c > 0x10ffff || isSurrogate(c))
            return std::nullopt;
        appendUtf8(out, c);
    }
    return out;
}

} // namespace cryoscope
