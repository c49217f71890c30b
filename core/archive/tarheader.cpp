// SPDX-License-Identifier: Apache-2.0
#include "core/archive/tarheader.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace cryoscope
{

namespace
{

using Block = std::span<const std::byte, tarBlock>;

/// A field of the header: offset and length in bytes.
struct Field {
    size_t offset;
    size_t length;
};
constexpr Field nameField{0, 100}, modeField{100, 8}, uidField{108, 8}, gidField{116, 8},
    sizeField{tarSizeOffset, tarSizeLength}, mtimeField{136, 12}, checksumField{148, 8}, linkField{157, 100},
    magicField{257, 6}, majorField{329, 8}, minorField{337, 8}, prefixField{345, 155};
constexpr size_t typeAt = 156;
constexpr size_t gnuExtendedAt = 482;

std::string_view raw(Block block, Field field)
{
    return {reinterpret_cast<const char *>(block.data()) + field.offset, field.length};
}

/// Up to the first NUL.
std::string text(Block block, Field field)
{
    const auto all = raw(block, field);
    return std::string(all.substr(0, all.find('\0')));
}

/// Octal digits, or a base-256 number if the top bit is set (GNU); nothing if it is neither or does not fit.
std::optional<int64_t> numberOf(std::string_view all)
{
    if ((static_cast<unsigned char>(all[0]) & 0x80) != 0) {
        const bool negative = (static_cast<unsigned char>(all[0]) & 0x40) != 0;
        int64_t value = negative ? -1 : 0;
        for (size_t i = 0; i < all.size(); ++i) {
            auto byte = static_cast<unsigned char>(all[i]);
            if (i == 0)
                byte = negative ? byte | 0x80 : byte & 0x7f;
            const int64_t top = value >> 55;
            if (top != 0 && top != -1)
                return std::nullopt;
            value = static_cast<int64_t>((static_cast<uint64_t>(value) << 8) | byte);
        }
        return value;
    }
    int64_t value = 0;
    bool ended = false;
    bool any = false;
    for (const char c : all) {
        if (c == '\0' || c == ' ') {
            ended = any;
            continue;
        }
        if (ended || c < '0' || c > '7')
            return std::nullopt;
        any = true;
        value = value * 8 + (c - '0'); // twelve digits fit
    }
    return value;
}

std::optional<int64_t> number(Block block, Field field)
{
    return numberOf(raw(block, field));
}

uint64_t sum(Block block, bool asSigned)
{
    int64_t total = 0;
    for (size_t i = 0; i < tarBlock; ++i) {
        const bool inChecksum = i >= checksumField.offset && i < checksumField.offset + checksumField.length;
        const auto byte = inChecksum ? static_cast<unsigned char>(' ') : static_cast<unsigned char>(block[i]);
        total += asSigned ? static_cast<int64_t>(static_cast<signed char>(byte)) : static_cast<int64_t>(byte);
    }
    return static_cast<uint64_t>(total);
}

} // namespace

bool tarChecksumFits(Block block)
{
    const auto stored = number(block, checksumField);
    return stored && (static_cast<uint64_t>(*stored) == sum(block, false) ||
                      static_cast<uint64_t>(*stored) == sum(block, true));
}

bool looksLikeTar(Block block)
{
    return raw(block, magicField).starts_with("ustar") && tarChecksumFits(block);
}

std::optional<uint64_t> tarNumber(std::span<const std::byte> field)
{
    const auto value = numberOf({reinterpret_cast<const char *>(field.data()), field.size()});
    return value && *value >= 0 ? std::optional(static_cast<uint64_t>(*value)) : std::nullopt;
}

std::optional<TarHeader> parseTarHeader(Block block)
{
    if (!tarChecksumFits(block))
        return std::nullopt;
    TarHeader header;
    const auto size = number(block, sizeField);
    if (!size || *size < 0)
        return std::nullopt;
    header.size = static_cast<uint64_t>(*size);
    header.mode = static_cast<uint32_t>(number(block, modeField).value_or(0)) & 07777;
    header.uid = static_cast<uint64_t>(number(block, uidField).value_or(0));
    header.gid = static_cast<uint64_t>(number(block, gidField).value_or(0));
    header.mtime = number(block, mtimeField).value_or(0);
    header.type = static_cast<char>(block[typeAt]);
    header.name = text(block, nameField);
    header.linkName = text(block, linkField);
    const auto magic = raw(block, magicField);
    if (magic.starts_with("ustar")) {
        header.deviceMajor = static_cast<uint64_t>(number(block, majorField).value_or(0));
        header.deviceMinor = static_cast<uint64_t>(number(block, minorField).value_or(0));
        const bool gnu = magic[5] == ' '; // uses the place of the prefix for other things
        if (gnu)
            header.extended = header.type == 'S' && block[gnuExtendedAt] != std::byte{0};
        else if (const auto prefix = text(block, prefixField); !prefix.empty())
            header.name = prefix + "/" + header.name;
    }
    return header;
}

void setTarSize(std::span<std::byte, tarBlock> block, uint64_t size)
{
    char *const at = reinterpret_cast<char *>(block.data());
    constexpr uint64_t largestOctal = (uint64_t{1} << 33) - 1; // eleven digits
    if (size <= largestOctal) {
        std::snprintf(at + sizeField.offset, sizeField.length, "%011llo",
                      static_cast<unsigned long long>(size));
    } else {
        std::memset(at + sizeField.offset, 0, sizeField.length);
        at[sizeField.offset] = static_cast<char>(0x80);
        for (size_t i = 0; i < 8; ++i)
            at[sizeField.offset + sizeField.length - 1 - i] = static_cast<char>((size >> (8 * i)) & 0xff);
    }
    fitTarChecksum(block);
}

void fitTarChecksum(std::span<std::byte, tarBlock> block)
{
    char *const at = reinterpret_cast<char *>(block.data());
    // Six octal digits, NUL, space. The sum of 512 bytes has at most six.
    uint64_t rest = sum(block, false);
    for (size_t i = 6; i-- > 0; rest /= 8)
        at[checksumField.offset + i] = static_cast<char>('0' + rest % 8);
    at[checksumField.offset + 6] = '\0';
    at[checksumField.offset + 7] = ' ';
}

} // namespace cryoscope
