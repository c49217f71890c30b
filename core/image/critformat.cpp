// SPDX-License-Identifier: Apache-2.0
#include "core/image/critformat.h"

#include "core/image/crittables.h"

#include <array>
#include <cinttypes>
#include <cstdio>

namespace cryoscope
{

namespace
{

constexpr size_t quotedLineLength = 76;

void appendQuoted(std::string &out, unsigned char byte)
{
    static constexpr std::string_view digits = "0123456789ABCDEF";
    out.push_back('=');
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 0xf]);
}

std::string ipv6Text(const std::array<uint8_t, 16> &bytes)
{
    std::array<unsigned, 8> groups{};
    for (size_t i = 0; i < groups.size(); ++i)
        groups[i] = static_cast<unsigned>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
    char text[32];
    const bool mapped = groups[0] == 0 && groups[1] == 0 && groups[2] == 0 && groups[3] == 0 &&
                        groups[4] == 0 && groups[5] == 0xffff;
    if (mapped) {
        std::snprintf(text, sizeof text, "::ffff:%u.%u.%u.%u", bytes[12], bytes[13], bytes[14], bytes[15]);
        return text;
    }
    // The first longest run of at least two zero groups is left out.
    size_t best = 0;
    size_t bestLength = 1;
    for (size_t i = 0; i < groups.size(); ++i) {
        size_t length = 0;
        while (i + length < groups.size() && groups[i + length] == 0)
            ++length;
        if (length > bestLength) {
            best = i;
            bestLength = length;
        }
    }
    std::string out;
    for (size_t i = 0; i < groups.size();) {
        if (bestLength > 1 && i == best) {
            out += "::";
            i += bestLength;
            continue;
        }
        if (!out.empty() && out.back() != ':')
            out.push_back(':');
        std::snprintf(text, sizeof text, "%x", groups[i]);
        out += text;
        ++i;
    }
    return out;
}

} // namespace

std::string critHex(int64_t value, bool isSigned)
{
    char text[32];
    const bool negative = isSigned && value < 0;
    const uint64_t magnitude =
        negative ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
    std::snprintf(text, sizeof text, "%s0x%" PRIx64, negative ? "-" : "", magnitude);
    return text;
}

std::string critFlags(std::string_view tableName, uint64_t value)
{
    std::string out;
    const auto add = [&out](std::string_view name) {
        if (!out.empty())
            out += " | ";
        out += name;
    };
    for (const CritFlags &table : critFlagTables) {
        if (table.name != tableName)
            continue;
        for (const CritName &flag : table.names) {
            if ((value & flag.value) != 0) {
                add(flag.name);
                value &= ~flag.value;
            }
        }
        if (value != 0)
            add(critHex(static_cast<int64_t>(value), false));
        return out;
    }
    return critHex(static_cast<int64_t>(value), false);
}

std::optional<std::string_view> critDict(std::string_view dictName, std::string_view field, int64_t value)
{
    for (const CritDict &dict : critDicts) {
        if (dict.dict != dictName || dict.field != field)
            continue;
        for (const CritName &entry : dict.names) {
            if (entry.value == static_cast<uint64_t>(value))
                return entry.name;
        }
    }
    return std::nullopt;
}

std::string critDevice(uint64_t value, bool odev)
{
    constexpr unsigned kernelMinorBits = 20;
    uint64_t majorNumber = value >> kernelMinorBits;
    uint64_t minorNumber = value & ((uint64_t{1} << kernelMinorBits) - 1);
    if (odev) { // as glibc's major() and minor() split it
        majorNumber = (value >> 8 & 0xfff) | (value >> 32 & ~uint64_t{0xfff});
        minorNumber = (value & 0xff) | (value >> 12 & ~uint64_t{0xff} & 0xffffffff);
    }
    return std::to_string(majorNumber) + ":" + std::to_string(minorNumber);
}

std::optional<std::string> critAddress(std::span<const uint64_t> words, ByteOrder order)
{
    std::array<uint8_t, 16> bytes{};
    if (words.size() != 1 && words.size() < 4)
        return std::nullopt;
    const size_t used = words.size() == 1 ? 1 : 4;
    for (size_t i = 0; i < used * 4; ++i) {
        const size_t shift = order == ByteOrder::Little ? i % 4 * 8 : 24 - i % 4 * 8;
        bytes[i] = static_cast<uint8_t>(words[i / 4] >> shift);
    }
    if (used == 4)
        return ipv6Text(bytes);
    char text[32];
    std::snprintf(text, sizeof text, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
    return text;
}

bool isSignedKind(Kind kind)
{
    switch (kind) {
    case Kind::Int32:
    case Kind::Int64:
    case Kind::SInt32:
    case Kind::SInt64:
    case Kind::SFixed32:
    case Kind::SFixed64:
        return true;
    default:
        return false;
    }
}

std::optional<std::string> critSpelling(const FieldType &type, uint64_t value, bool hex)
{
    const auto asSigned = static_cast<int64_t>(value);
    if (hex || type.hex)
        return critHex(asSigned, isSignedKind(type.kind));
    if (type.dev)
        return critDevice(value, type.odev);
    if (!type.flags.empty())
        return critFlags(type.flags, value);
    if (const auto name = critDict(type.dict, type.name, asSigned))
        return std::string(*name);
    return std::nullopt;
}

std::string critQuotedPrintable(std::string_view bytes)
{
    std::string out;
    size_t lineLength = 0;
    const size_t firstBreak = bytes.find('\n');
    const bool crlf = firstBreak != std::string_view::npos && firstBreak > 0 && bytes[firstBreak - 1] == '\r';
    const auto softBreak = [&out, &lineLength, crlf] {
        out += crlf ? "=\r\n" : "=\n";
        lineLength = 0;
    };
    for (size_t i = 0; i < bytes.size(); ++i) {
        const auto c = static_cast<unsigned char>(bytes[i]);
        const bool last = i + 1 == bytes.size();
        const char next = last ? '\0' : bytes[i + 1];
        if (c == '\n' || (c == '\r' && !last && next == '\n')) {
            if (!out.empty() && (out.back() == ' ' || out.back() == '\t')) {
                const auto blank = static_cast<unsigned char>(out.back());
                out.pop_back();
                appendQuoted(out, blank);
            }
            out += crlf ? "\r\n" : "\n";
            lineLength = 0;
            if (c == '\r')
                ++i;
            continue;
        }
        const bool blank = c == ' ' || c == '\t';
        // A point alone in a line would end a mail.
        const bool lonelyPoint =
            c == '.' && lineLength == 0 && (last || next == '\n' || next == '\r' || next == '\0');
        if (c > '~' || c == '=' || lonelyPoint || (blank && last) || (c <= ' ' && !blank && c != '\r')) {
            if (lineLength + 3 >= quotedLineLength)
                softBreak();
            appendQuoted(out, c);
            lineLength += 3;
        } else {
            if (!last && next != '\n' && lineLength + 1 >= quotedLineLength)
                softBreak();
            out.push_back(static_cast<char>(c));
            ++lineLength;
        }
    }
    return out;
}

std::string critNoPayload(uint64_t bytes)
{
    static constexpr std::array<const char *, 7> units{"B", "KB", "MB", "GB", "TB", "PB", "EB"};
    size_t unit = 0;
    uint64_t scale = 1;
    while (unit + 1 < units.size() && bytes / scale >= 1024) {
        scale *= 1024;
        ++unit;
    }
    char text[64];
    if (bytes % scale == 0)
        std::snprintf(text, sizeof text, "... <%" PRIu64 "%s>", bytes / scale, units[unit]);
    else
        std::snprintf(text, sizeof text, "... <%.1f%s>",
                      static_cast<double>(bytes) / static_cast<double>(scale), units[unit]);
    return text;
}

std::string base64Line(std::span<const std::byte> bytes)
{
    static constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (size_t i = 0; i < bytes.size(); i += 3) {
        const size_t count = std::min<size_t>(3, bytes.size() - i);
        uint32_t group = 0;
        for (size_t j = 0; j < 3; ++j)
            group = group << 8 | (j < count ? std::to_integer<uint32_t>(bytes[i + j]) : 0);
        for (size_t j = 0; j < 4; ++j)
            out.push_back(j <= count ? alphabet[group >> (18 - 6 * j) & 0x3f] : '=');
    }
    if (!bytes.empty())
        out.push_back('\n');
    return out;
}

} // namespace cryoscope
