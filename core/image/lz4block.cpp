// SPDX-License-Identifier: Apache-2.0
#include "core/image/lz4block.h"

#include <cstdint>
#include <lz4.h>

namespace cryoscope
{

namespace
{

constexpr size_t largest = size_t{4} << 20; // bytes

/// Walks the sequences of a block (token, literals, match offset, match length; the last has literals only);
/// whether one has a match of offset 0. Source: the LZ4 block format. A block that ends early is left to the
/// decoder.
bool hasZeroOffset(std::span<const std::byte> block)
{
    size_t at = 0;
    const auto longLength = [&](size_t length) {
        if (length != 15)
            return length;
        while (at < block.size()) {
            const auto more = std::to_integer<size_t>(block[at++]);
            length += more;
            if (more != 255)
                break;
        }
        return length;
    };
    while (at < block.size()) {
        const auto token = std::to_integer<size_t>(block[at++]);
        const size_t literals = longLength(token >> 4);
        if (literals >= block.size() - at) // the last sequence
            return false;
        at += literals;
        if (block.size() - at < 2)
            return false;
        if (block[at] == std::byte{0} && block[at + 1] == std::byte{0})
            return true;
        at += 2;
        (void)longLength(token & 15);
    }
    return false;
}

} // namespace

std::optional<std::string_view> decodeLz4Block(std::span<const std::byte> block, std::span<std::byte> out)
{
    if (block.empty() || block.size() > largest || out.size() > largest)
        return "an LZ4 block has an impossible size";
    if (hasZeroOffset(block))
        return "an LZ4 block has a match of offset 0, which the format forbids";
    const int made = LZ4_decompress_safe(reinterpret_cast<const char *>(block.data()),
                                         reinterpret_cast<char *>(out.data()), static_cast<int>(block.size()),
                                         static_cast<int>(out.size()));
    if (made < 0)
        return "an LZ4 block is damaged";
    if (static_cast<size_t>(made) != out.size())
        return "an LZ4 block decodes to fewer bytes than its pages have";
    return std::nullopt;
}

} // namespace cryoscope
