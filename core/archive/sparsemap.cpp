// SPDX-License-Identifier: Apache-2.0
#include "core/archive/sparsemap.h"

#include "core/base/checked.h"

#include <charconv>

namespace cryoscope
{

namespace
{

// Places in an old GNU header, and in the blocks that follow it; bytes.
constexpr size_t firstStretches = 386;
constexpr size_t firstCount = 4;
constexpr size_t realSizeAt = 483;
constexpr size_t moreCount = 21;
constexpr size_t numberWidth = 12;

bool addStretch(uint64_t offset, uint64_t length, std::vector<ByteRange> &data)
{
    if (!checkedAdd(offset, length))
        return false;
    data.push_back({offset, length});
    return true;
}

/// A decimal number that `end` follows; moves behind both.
std::optional<uint64_t> takeNumber(std::string_view &text, char end)
{
    uint64_t number = 0;
    const auto [behind, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto digits = static_cast<size_t>(behind - text.data());
    if (error != std::errc() || digits >= text.size() || text[digits] != end)
        return std::nullopt;
    text.remove_prefix(digits + 1);
    return number;
}

} // namespace

bool readOldSparse(std::span<const std::byte, tarBlock> block, bool first, SparseMap &map)
{
    const size_t from = first ? firstStretches : 0;
    const size_t count = first ? firstCount : moreCount;
    for (size_t i = 0; i < count; ++i) {
        const size_t at = from + i * 2 * numberWidth;
        if (block[at] == std::byte{0} && block[at + numberWidth] == std::byte{0})
            break; // no more
        const auto offset = tarNumber(block.subspan(at, numberWidth));
        const auto length = tarNumber(block.subspan(at + numberWidth, numberWidth));
        if (!offset || !length || !addStretch(*offset, *length, map.data))
            return false;
    }
    if (!first)
        return true;
    const auto size = tarNumber(block.subspan(realSizeAt, numberWidth));
    if (!size)
        return false;
    map.size = *size;
    return true;
}

std::optional<std::vector<ByteRange>> parseSparseList(std::string_view text)
{
    std::vector<ByteRange> data;
    const std::string whole = std::string(text) + ",";
    std::string_view rest = text.empty() ? std::string_view() : std::string_view(whole);
    while (!rest.empty()) {
        const auto offset = takeNumber(rest, ',');
        const auto length = offset ? takeNumber(rest, ',') : std::nullopt;
        if (!length || !addStretch(*offset, *length, data))
            return std::nullopt;
    }
    return data;
}

std::optional<SparseHead> parseSparseHead(std::string_view text)
{
    std::string_view rest = text;
    const auto count = takeNumber(rest, '\n');
    if (!count)
        return std::nullopt;
    SparseHead head;
    for (uint64_t i = 0; i < *count; ++i) {
        const auto offset = takeNumber(rest, '\n');
        const auto length = offset ? takeNumber(rest, '\n') : std::nullopt;
        if (!length || !addStretch(*offset, *length, head.data))
            return std::nullopt;
    }
    head.length = text.size() - rest.size();
    return head;
}

} // namespace cryoscope
