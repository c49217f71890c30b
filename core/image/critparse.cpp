// SPDX-License-Identifier: Apache-2.0
#include "core/image/critparse.h"

#include "core/image/crittables.h"
#include "core/base/digits.h"

#include <arpa/inet.h>
#include <array>
#include <charconv>

namespace cryoscope
{

namespace
{

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blank = " \t\n\r\f\v";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::optional<uint64_t> digits(std::string_view text, int base)
{
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc() || end != text.data() + text.size() || text.empty())
        return std::nullopt;
    return number;
}

} // namespace

std::optional<uint64_t> critNumber(std::string_view text)
{
    text = trimmed(text);
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+'))
        text.remove_prefix(1);
    int base = 10;
    if (text.size() > 1 && text[0] == '0') {
        switch (text[1]) {
        case 'x':
        case 'X':
            base = 16;
            break;
        case 'o':
        case 'O':
            base = 8;
            break;
        case 'b':
        case 'B':
            base = 2;
            break;
        default:
            if (text.find_first_not_of('0') != std::string_view::npos)
                return std::nullopt; // a leading zero says nothing of the base
        }
        if (base != 10)
            text.remove_prefix(2);
    }
    const auto number = digits(text, base);
    if (!number || !negative)
        return number;
    constexpr uint64_t lowest = uint64_t{1} << 63;
    return *number <= lowest ? std::optional(uint64_t{0} - *number) : std::nullopt;
}

std::optional<uint64_t> critFlagsValue(std::string_view tableName, std::string_view words)
{
    for (const CritFlags &table : critFlagTables) {
        if (table.name != tableName)
            continue;
        uint64_t value = 0;
        if (words.empty())
            return value;
        for (;;) {
            const auto bar = words.find('|');
            const std::string_view word = trimmed(words.substr(0, bar));
            std::optional<uint64_t> part;
            for (const CritName &flag : table.names) {
                if (flag.name == word)
                    part = flag.value;
            }
            if (word == "VMA_AREA_NONE" && tableName == "mmap.status")
                part = 0;
            if (!part)
                part = critNumber(word);
            if (!part)
                return std::nullopt;
            value += *part; // as crit: a flag that stands twice counts twice
            if (bar == std::string_view::npos)
                return value;
            words.remove_prefix(bar + 1);
        }
    }
    return std::nullopt;
}

std::optional<int64_t> critDictValue(std::string_view dictName, std::string_view field, std::string_view word)
{
    for (const CritDict &dict : critDicts) {
        if (dict.dict != dictName || dict.field != field)
            continue;
        for (const CritName &entry : dict.names) {
            if (entry.name == word)
                return static_cast<int64_t>(entry.value);
        }
    }
    return std::nullopt;
}

std::optional<uint64_t> critDeviceValue(std::string_view text, bool odev)
{
    const auto colon = text.find(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    const auto majorNumber = digits(trimmed(text.substr(0, colon)), 10);
    const auto minorNumber = digits(trimmed(text.substr(colon + 1)), 10);
    if (!majorNumber || !minorNumber || *majorNumber > UINT32_MAX || *minorNumber > UINT32_MAX)
        return std::nullopt;
    if (!odev) {
        constexpr unsigned kernelMinorBits = 20;
        return *majorNumber << kernelMinorBits | *minorNumber;
    }
    // As glibc's makedev() joins them.
    return (*majorNumber & 0xfff) << 8 | (*majorNumber & ~uint64_t{0xfff}) << 32 | (*minorNumber & 0xff) |
           (*minorNumber & ~uint64_t{0xff}) << 12;
}

std::optional<std::vector<uint64_t>> critAddressWords(const std::string &text, ByteOrder order)
{
    std::array<uint8_t, 16> bytes{};
    size_t length = 4;
    if (inet_pton(AF_INET, text.c_str(), bytes.data()) != 1) {
        if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1)
            return std::nullopt;
        length = 16;
    }
    std::vector<uint64_t> words(length / 4);
    for (size_t i = 0; i < length; ++i) {
        const size_t shift = order == ByteOrder::Little ? i % 4 * 8 : 24 - i % 4 * 8;
        words[i / 4] |= uint64_t{bytes[i]} << shift;
    }
    return words;
}

std::optional<std::vector<std::byte>> base64Bytes(std::string_view text)
{
    static constexpr auto values = [] {
        std::array<int8_t, 256> table{};
        table.fill(-1);
        constexpr std::string_view alphabet =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (size_t i = 0; i < alphabet.size(); ++i)
            table[static_cast<unsigned char>(alphabet[i])] = static_cast<int8_t>(i);
        return table;
    }();
    std::vector<std::byte> out;
    out.reserve(text.size() / 4 * 3);
    uint32_t group = 0;
    unsigned count = 0; // of characters in the group
    unsigned padding = 0;
    for (const char c : text) {
        if (c == '=') {
            // The end, if it closes a group; what follows is passed over.
            if (count >= 2 && count + ++padding >= 4)
                break;
            continue;
        }
        const int value = values[static_cast<unsigned char>(c)];
        if (value < 0)
            continue;
        padding = 0;
        group = group << 6 | static_cast<uint32_t>(value);
        if (++count == 4) {
            for (const unsigned shift : {16u, 8u, 0u})
                out.push_back(static_cast<std::byte>(group >> shift));
            group = 0;
            count = 0;
        }
    }
    if (count == 0)
        return out;
    if (count + padding < 4)
        return std::nullopt;
    group <<= 6 * (4 - count);
    for (unsigned i = 0; i + 1 < count; ++i)
        out.push_back(static_cast<std::byte>(group >> (16 - 8 * i)));
    return out;
}

std::string critUnquote(std::string_view text)
{
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '=') {
            out.push_back(text[i]);
            continue;
        }
        const auto rest = text.substr(i + 1);
        if (rest.starts_with("\n")) {
            i += 1;
        } else if (rest.starts_with("\r\n")) {
            i += 2;
        } else if (rest.size() >= 2 && hexDigit(rest[0]) >= 0 && hexDigit(rest[1]) >= 0) {
            out.push_back(static_cast<char>(hexDigit(rest[0]) << 4 | hexDigit(rest[1])));
            i += 2;
        } else if (!rest.empty()) {
            out.push_back('=');
        }
    }
    return out;
}

} // namespace cryoscope
