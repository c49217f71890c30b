// SPDX-License-Identifier: Apache-2.0
#include "core/detect/encodings.h"

#include "core/base/digits.h"
#include "core/detect/utf.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>

namespace cryoscope
{

namespace
{

constexpr std::string_view lowerDigits = "0123456789abcdef";
constexpr std::string_view upperDigits = "0123456789ABCDEF";

int base64Value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    if (c == '/' || c == '_')
        return 63;
    return -1;
}

bool isAlphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// \u and four digits for a UTF-16 unit.
void appendEscape(std::string &out, uint32_t unit, std::string_view digits)
{
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4)
        out += digits[(unit >> shift) & 0xf];
}

void appendEscapes(std::string &out, char32_t c, std::string_view digits)
{
    if (c < 0x10000) {
        appendEscape(out, c, digits);
    } else {
        appendEscape(out, 0xd800 + ((c - 0x10000) >> 10), digits);
        appendEscape(out, 0xdc00 + ((c - 0x10000) & 0x3ff), digits);
    }
}

struct JsonStyle {
    bool slash = false; ///< "\/"
    bool html = false;  ///< & < > as \u0026 …
    bool ascii = false; ///< beyond ASCII as \u
    bool all = false;   ///< everything as \u
    bool upper = false; ///< digits of \u
};

std::string encodeJson(std::u32string_view text, const JsonStyle &style)
{
    std::string out;
    const auto digits = style.upper ? upperDigits : lowerDigits;
    for (const char32_t c : text) {
        if (style.all) {
            appendEscapes(out, c, digits);
            continue;
        }
        switch (c) {
        case '"':
            out += "\\\"";
            continue;
        case '\\':
            out += "\\\\";
            continue;
        case '\n':
            out += "\\n";
            continue;
        case '\r':
            out += "\\r";
            continue;
        case '\t':
            out += "\\t";
            continue;
        case '\b':
            out += "\\b";
            continue;
        case '\f':
            out += "\\f";
            continue;
        default:
            break;
        }
        const bool html = style.html && (c == '&' || c == '<' || c == '>' || c == 0x2028 || c == 0x2029);
        if (c < 0x20 || html || (style.ascii && c > 0x7e))
            appendEscapes(out, c, digits);
        else if (c == '/' && style.slash)
            out += "\\/";
        else
            appendUtf8(out, c);
    }
    return out;
}

} // namespace

std::string_view base64Alphabet(bool urlSafe)
{
    return urlSafe ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
                   : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}

bool isBase64(char c)
{
    return base64Value(c) >= 0;
}

std::string encodeBase64(std::string_view bytes, bool urlSafe)
{
    const auto alphabet = base64Alphabet(urlSafe);
    std::string out;
    uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : bytes) {
        bits = (bits << 8) | static_cast<unsigned char>(c);
        for (count += 8; count >= 6; count -= 6)
            out += alphabet[(bits >> (count - 6)) & 63];
    }
    if (count > 0)
        out += alphabet[(bits << (6 - count)) & 63];
    return out;
}

std::optional<std::string> decodeBase64(std::string_view text)
{
    for (int i = 0; i < 2 && text.ends_with('='); ++i)
        text.remove_suffix(1);
    if (text.size() % 4 == 1)
        return std::nullopt;
    std::string out;
    uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const int value = base64Value(c);
        if (value < 0)
            return std::nullopt;
        bits = (bits << 6) | static_cast<uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>((bits >> count) & 0xff);
        }
    }
    return out;
}

std::string base64Core(std::string_view bytes, unsigned alignment, bool urlSafe)
{
    const std::string text = encodeBase64(std::string(alignment, '\0') + std::string(bytes), urlSafe);
    const size_t from = (8 * alignment + 5) / 6;
    const size_t to = 8 * (alignment + bytes.size()) / 6;
    return to > from ? text.substr(from, to - from) : std::string();
}

std::string swapWords(std::string_view bytes)
{
    std::string out(bytes);
    for (auto at = out.begin(); out.end() - at >= 4; at += 4)
        std::reverse(at, at + 4);
    return out;
}

std::string encodeHex(std::string_view bytes, bool upperCase)
{
    const auto digits = upperCase ? upperDigits : lowerDigits;
    std::string out;
    for (const char c : bytes) {
        out += digits[static_cast<unsigned char>(c) >> 4];
        out += digits[static_cast<unsigned char>(c) & 0xf];
    }
    return out;
}

std::optional<std::string> decodeHex(std::string_view text)
{
    if (text.size() % 2 != 0)
        return std::nullopt;
    std::string out;
    for (size_t at = 0; at < text.size(); at += 2) {
        const int high = hexDigit(text[at]);
        const int low = hexDigit(text[at + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        out += static_cast<char>(high * 16 + low);
    }
    return out;
}

std::vector<std::string> percentForms(std::string_view bytes)
{
    // What is left as it is beside letters and digits: RFC 3986; JavaScript's encodeURIComponent and
    // encodeURI; Python's quote; HTML forms; user names and passwords in URLs (Go); nothing at all is handled
    // below.
    static constexpr std::array<std::string_view, 7> safe{
        "-_.~", "-_.!~*'()", "-_.!~*'();/?:@&=+$,#", "-_.~/", "-_.*", "-_.~$&+,;=", "-_."};
    std::set<std::string> forms;
    const auto add = [&](const auto &keeps, std::string_view digits, bool plus) {
        std::string form;
        for (const char c : bytes) {
            if (keeps(c)) {
                form += c;
            } else if (plus && c == ' ') {
                form += '+';
            } else {
                form += '%';
                form += digits[static_cast<unsigned char>(c) >> 4];
                form += digits[static_cast<unsigned char>(c) & 0xf];
            }
        }
        forms.insert(std::move(form));
    };
    for (const auto digits : {upperDigits, lowerDigits}) {
        add([](char) { return false; }, digits, false);
        for (const auto marks : safe) {
            for (const bool plus : {false, true})
                add([marks](char c) { return isAlphanumeric(c) || marks.find(c) != std::string_view::npos; },
                    digits, plus);
        }
    }
    forms.erase(std::string(bytes));
    return {forms.begin(), forms.end()};
}

std::string decodePercent(std::string_view text)
{
    std::string out;
    for (size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '%' && text.size() - at > 2 && hexDigit(text[at + 1]) >= 0 &&
            hexDigit(text[at + 2]) >= 0) {
            out += static_cast<char>(hexDigit(text[at + 1]) * 16 + hexDigit(text[at + 2]));
            at += 2;
        } else {
            out += text[at];
        }
    }
    return out;
}

std::vector<std::string> jsonForms(std::string_view text)
{
    const auto decoded = decodeUtf8(text);
    if (!decoded)
        return {};
    std::set<std::string> forms;
    for (unsigned bits = 0; bits < 16; ++bits) {
        JsonStyle style;
        style.slash = (bits & 1) != 0;
        style.html = (bits & 2) != 0;
        style.ascii = (bits & 4) != 0;
        style.upper = (bits & 8) != 0;
        forms.insert(encodeJson(*decoded, style));
    }
    for (const bool upper : {false, true})
        forms.insert(encodeJson(*decoded, {.all = true, .upper = upper}));
    forms.erase(std::string(text));
    return {forms.begin(), forms.end()};
}

std::string decodeJson(std::string_view text)
{
    std::string out;
    const auto escaped = [text](size_t at) -> int64_t {
        if (text.size() < at + 6 || text[at] != '\\' || text[at + 1] != 'u')
            return -1;
        int64_t unit = 0;
        for (size_t i = at + 2; i < at + 6; ++i) {
            if (hexDigit(text[i]) < 0)
                return -1;
            unit = unit * 16 + hexDigit(text[i]);
        }
        return unit;
    };
    for (size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\' || at + 1 == text.size()) {
            out += text[at];
            continue;
        }
        if (const int64_t unit = escaped(at); unit >= 0) {
            const int64_t low = unit >= 0xd800 && unit < 0xdc00 ? escaped(at + 6) : -1;
            if (low >= 0xdc00 && low < 0xe000) {
                appendUtf8(out, static_cast<char32_t>(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)));
                at += 11;
            } else {
                appendUtf8(out, static_cast<char32_t>(unit));
                at += 5;
            }
            continue;
        }
        static constexpr std::string_view escapes = "\"\\/bfnrt";
        static constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        const auto which = escapes.find(text[at + 1]);
        if (which == std::string_view::npos) {
            out += text[at];
            continue;
        }
        out += meanings[which];
        ++at;
    }
    return out;
}

} // namespace cryoscope
