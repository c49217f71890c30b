// SPDX-License-Identifier: Apache-2.0
#include "core/image/critformat.h"

#include <array>
#include <cinttypes>
#include <cstdio>

namespace cryoscope
{

namespace
{

struct Name {
    uint64_t value;
    std::string_view name;
};

struct Table {
    std::string_view name;
    std::span<const Name> names;
};

constexpr Name protNames[] = {{1, "PROT_READ"}, {2, "PROT_WRITE"}, {4, "PROT_EXEC"}};
constexpr Name mapNames[] = {{0x1, "MAP_SHARED"},
                             {0x2, "MAP_PRIVATE"},
                             {0x8, "MAP_DROPPABLE"},
                             {0x20, "MAP_ANON"},
                             {0x100, "MAP_GROWSDOWN"}};
constexpr Name statusNames[] = {
    {1u << 0, "VMA_AREA_REGULAR"},  {1u << 1, "VMA_AREA_STACK"},   {1u << 2, "VMA_AREA_VSYSCALL"},
    {1u << 3, "VMA_AREA_VDSO"},     {1u << 5, "VMA_AREA_HEAP"},    {1u << 6, "VMA_FILE_PRIVATE"},
    {1u << 7, "VMA_FILE_SHARED"},   {1u << 8, "VMA_ANON_SHARED"},  {1u << 9, "VMA_ANON_PRIVATE"},
    {1u << 10, "VMA_AREA_SYSVIPC"}, {1u << 11, "VMA_AREA_SOCKET"}, {1u << 12, "VMA_AREA_VVAR"},
    {1u << 13, "VMA_AREA_AIORING"}, {1u << 14, "VMA_AREA_MEMFD"},  {1u << 15, "VMA_AREA_SHSTK"},
    {1u << 17, "VMA_AREA_UPROBES"}, {1u << 31, "VMA_UNSUPP"}};
constexpr Name fileNames[] = {
    {01, "O_WRONLY"},         {02, "O_RDWR"},          {0100, "O_CREAT"},       {0200, "O_EXCL"},
    {0400, "O_NOCTTY"},       {01000, "O_TRUNC"},      {02000, "O_APPEND"},     {04000, "O_NONBLOCK"},
    {010000, "O_DSYNC"},      {020000, "FASYNC"},      {040000, "O_DIRECT"},    {0100000, "O_LARGEFILE"},
    {0200000, "O_DIRECTORY"}, {0400000, "O_NOFOLLOW"}, {01000000, "O_NOATIME"}, {02000000, "O_CLOEXEC"}};
constexpr Name pagemapNames[] = {{1, "PE_PARENT"}, {2, "PE_LAZY"}, {4, "PE_PRESENT"}};
constexpr Name sealNames[] = {{1, "F_SEAL_SEAL"},
                              {2, "F_SEAL_SHRINK"},
                              {4, "F_SEAL_GROW"},
                              {8, "F_SEAL_WRITE"},
                              {0x10, "F_SEAL_FUTURE_WRITE"}};

constexpr Table flagTables[] = {{"mmap.prot", protNames},     {"mmap.flags", mapNames},
                                {"mmap.status", statusNames}, {"rfile.flags", fileNames},
                                {"pmap.flags", pagemapNames}, {"seals.flags", sealNames}};

// crit's names: those of 3 and 6 are the wrong way round, and that of 2 is missing.
constexpr Name taskStates[] = {{1, "Alive"}, {3, "Zombie"}, {6, "Stopped"}};
constexpr Name families[] = {{1, "UNIX"}, {2, "INET"}, {10, "INET6"}, {16, "NETLINK"}, {17, "PACKET"}};
constexpr Name socketTypes[] = {{1, "STREAM"}, {2, "DGRAM"}, {3, "RAW"}, {5, "SEQPACKET"}, {10, "PACKET"}};
constexpr Name socketStates[] = {{1, "ESTABLISHED"}, {2, "SYN_SENT"},  {3, "SYN_RECV"}, {4, "FIN_WAIT1"},
                                 {5, "FIN_WAIT2"},   {6, "TIME_WAIT"}, {7, "CLOSE"},    {8, "CLOSE_WAIT"},
                                 {9, "LAST_ACK"},    {10, "LISTEN"}};
constexpr Name protocols[] = {{0, "IP"}, {6, "TCP"}, {17, "UDP"}, {136, "UDPLITE"}};

struct Dict {
    std::string_view dict;
    std::string_view field;
    std::span<const Name> names;
};
constexpr Dict dicts[] = {{"gen", "task_state", taskStates},
                          {"sk", "family", families},
                          {"sk", "type", socketTypes},
                          {"sk", "state", socketStates},
                          {"sk", "proto", protocols}};

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
    for (const Table &table : flagTables) {
        if (table.name != tableName)
            continue;
        for (const Name &flag : table.names) {
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
    for (const Dict &dict : dicts) {
        if (dict.dict != dictName || dict.field != field)
            continue;
        for (const Name &entry : dict.names) {
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
