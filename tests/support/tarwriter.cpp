// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tarwriter.h"

#include "tests/support/fail.h"

// Layout: POSIX pax, "ustar Interchange Format"; GNU tar's manual, "Basic Tar Format".
namespace cryoscope::test
{

namespace
{

constexpr size_t block = 512; // bytes
constexpr size_t checksumAt = 148;

void put(std::string &header, size_t at, size_t room, std::string_view text)
{
    if (text.size() > room)
        fail("does not fit into a tar header: " + std::string(text));
    header.replace(at, text.size(), text);
}

std::string numberField(uint64_t value, size_t width)
{
    const bool fits = value < uint64_t{1} << (3 * (width - 1));
    return fits ? TarWriter::octal(value, width) : TarWriter::base256(static_cast<int64_t>(value), width);
}

std::string withPadding(std::string data)
{
    data.resize((data.size() + block - 1) / block * block, '\0');
    return data;
}

} // namespace

std::string TarWriter::octal(uint64_t value, size_t width)
{
    std::string text(width, '\0');
    for (size_t i = width - 1; i-- > 0; value /= 8)
        text[i] = static_cast<char>('0' + value % 8);
    return text;
}

std::string TarWriter::base256(int64_t value, size_t width)
{
    std::string text(width, value < 0 ? '\xff' : '\0');
    for (size_t i = 0; i < 8 && i < width; ++i)
        text[width - 1 - i] = static_cast<char>(static_cast<uint64_t>(value) >> (8 * i));
    text[0] = static_cast<char>(static_cast<unsigned char>(text[0]) | 0x80);
    return text;
}

void TarWriter::sign(std::string &header, bool asSigned)
{
    header.replace(checksumAt, 8, 8, ' ');
    int64_t sum = 0;
    for (const char c : header)
        sum += asSigned ? static_cast<int64_t>(static_cast<signed char>(c))
                        : static_cast<int64_t>(static_cast<unsigned char>(c));
    header.replace(checksumAt, 7, octal(static_cast<uint64_t>(sum), 7));
}

std::string TarWriter::header(const TarEntry &entry)
{
    std::string text(block, '\0');
    put(text, 0, 100, entry.name);
    put(text, 100, 8, numberField(entry.mode, 8));
    put(text, 108, 8, numberField(entry.uid, 8));
    put(text, 116, 8, numberField(entry.gid, 8));
    put(text, 124, 12, numberField(entry.size.value_or(entry.data.size()), 12));
    put(text, 136, 12,
        entry.mtime < 0 ? base256(entry.mtime, 12) : numberField(static_cast<uint64_t>(entry.mtime), 12));
    text[156] = entry.type;
    put(text, 157, 100, entry.link);
    if (entry.magic != TarMagic::None) {
        put(text, 257, 8,
            entry.magic == TarMagic::Gnu ? std::string_view("ustar  \0", 8)
                                         : std::string_view("ustar\00000", 8));
        put(text, 329, 8, numberField(entry.deviceMajor, 8));
        put(text, 337, 8, numberField(entry.deviceMinor, 8));
        put(text, 345, 155, entry.prefix);
    }
    sign(text);
    return text;
}

TarWriter &TarWriter::add(const TarEntry &entry)
{
    return raw(header(entry)).raw(withPadding(entry.data));
}

TarWriter &TarWriter::longName(const std::string &name)
{
    return add({.name = "././@LongLink", .type = 'L', .data = name + '\0', .magic = TarMagic::Gnu});
}

TarWriter &TarWriter::longLink(const std::string &target)
{
    return add({.name = "././@LongLink", .type = 'K', .data = target + '\0', .magic = TarMagic::Gnu});
}

TarWriter &TarWriter::pax(char type, const std::string &records)
{
    return add({.name = "PaxHeaders/x", .type = type, .data = records});
}

TarWriter &TarWriter::raw(std::string_view bytes)
{
    m_bytes += bytes;
    return *this;
}

std::string TarWriter::paxRecords(const Records &records)
{
    std::string text;
    for (const auto &[key, value] : records) {
        const std::string rest = " " + key + "=" + value + "\n";
        size_t length = rest.size() + 1; // and the digits of the length itself
        while (std::to_string(length).size() + rest.size() != length)
            ++length;
        text += std::to_string(length) + rest;
    }
    return text;
}

} // namespace cryoscope::test
