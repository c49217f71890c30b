// SPDX-License-Identifier: Apache-2.0
#include "core/image/pageblocks.h"

#include "core/base/checked.h"
#include "core/image/pagemapreader.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

constexpr uint64_t largestBlock = uint64_t{4} << 20; // bytes
constexpr uint32_t perPage = 1;                      // modes
constexpr uint32_t perRegion = 2;
constexpr uint32_t knownFlags = PageInParent | PageLazy | PagePresent | PagePayloadAligned;

} // namespace

/// Fills a PageBlocks. Source of the rules: CRIU's unreleased compression of pages.
class PageBlocksReader
{
public:
    PageBlocksReader(const ByteSource &pagemap, uint64_t pageSize, const PageCompression &compression)
        : m_pagemap(pagemap), m_compression(compression)
    {
        m_blocks.m_pageSize = pageSize;
    }

    Result<PageBlocks> read(uint64_t fileSize)
    {
        PagemapReader reader(m_pagemap);
        if (auto opened = reader.open(); !opened)
            return opened.error();
        PagemapRecord record;
        for (;;) {
            const auto more = reader.next(record);
            if (!more)
                return more.error();
            if (!*more)
                break;
            if (auto added = add(record); !added)
                return added.error();
        }
        if (m_blocks.m_storedSize != fileSize)
            return Error{ErrorCode::InputMalformed,
                         "its blocks end at " + std::to_string(m_blocks.m_storedSize) +
                             " of the pages file, which has " + std::to_string(fileSize) + " bytes",
                         m_pagemap.name(), std::nullopt};
        return std::move(m_blocks);
    }

private:
    [[nodiscard]] Error malformed(const PagemapRecord &record, std::string what) const
    {
        return {ErrorCode::InputMalformed, std::move(what), m_pagemap.name(), record.frameOffset};
    }

    /// Pages per block of the entry, which has block metadata.
    Result<uint64_t> blockPages(const PagemapRecord &record) const
    {
        const uint64_t pages = std::max<uint64_t>(record.blockPages.value_or(1), 1);
        const auto bytes = checkedMul(pages, m_blocks.m_pageSize);
        if (!bytes || *bytes > largestBlock)
            return malformed(record,
                             "a compressed block of " + std::to_string(pages) + " pages is too large");
        if (m_compression.mode == perPage && pages != 1)
            return malformed(record, "has blocks of several pages in a set that is compressed page by page");
        if (m_compression.mode == perRegion && m_compression.regionSize != 0 &&
            *bytes != m_compression.regionSize)
            return malformed(record, "has blocks of " + std::to_string(*bytes) +
                                         " bytes, but the inventory says " +
                                         std::to_string(m_compression.regionSize));
        return pages;
    }

    Result<void> add(const PagemapRecord &record)
    {
        if ((record.flags & ~knownFlags) != 0 || record.unknownBytes)
            return Error{ErrorCode::Unsupported,
                         "a pagemap_entry has an unsupported layout of compressed pages", m_pagemap.name(),
                         record.frameOffset};
        const uint64_t pageSize = m_blocks.m_pageSize;
        const auto length = checkedMul(record.pages, pageSize);
        const auto end = length ? checkedAdd(record.address, *length) : std::nullopt;
        if (!end || record.address % pageSize != 0)
            return malformed(record, "a pagemap_entry has an impossible address or count");
        if (record.address < m_end)
            return malformed(record, "a pagemap_entry overlaps the one before it or is out of order");
        m_end = *end;
        if (record.present() && (record.flags & PageInParent) != 0)
            return malformed(record, "a pagemap_entry says that its pages are here and in the parent set");
        if (!record.present()) {
            if (record.hasBlocks() || (record.flags & PagePayloadAligned) != 0)
                return malformed(record, "describes compressed blocks of pages that are not stored");
            return {};
        }
        if (record.pages == 0)
            return malformed(record, "a pagemap_entry has no pages");
        PageBlocks::Entry entry;
        entry.decoded = m_blocks.m_decodedSize;
        entry.aligned = (record.flags & PagePayloadAligned) != 0;
        if (entry.aligned && !align())
            return malformed(record, "the pages reach beyond what a file can hold");
        entry.stored = m_blocks.m_storedSize;
        entry.firstBlock = m_blocks.m_sizes.size();
        const auto stored =
            record.hasBlocks() ? addBlocks(record, *length, entry) : Result<uint64_t>(*length);
        if (!stored)
            return stored.error();
        const auto storedEnd = checkedAdd(m_blocks.m_storedSize, *stored);
        const auto decodedEnd = checkedAdd(m_blocks.m_decodedSize, *length);
        if (!storedEnd || !decodedEnd)
            return malformed(record, "the pages reach beyond what a file can hold");
        m_blocks.m_storedSize = *storedEnd;
        m_blocks.m_decodedSize = *decodedEnd;
        m_blocks.m_entries.push_back(entry);
        return {};
    }

    bool align()
    {
        const uint64_t over = m_blocks.m_storedSize % m_blocks.m_pageSize;
        if (over == 0)
            return true;
        const uint64_t padding = m_blocks.m_pageSize - over;
        const auto aligned = checkedAdd(m_blocks.m_storedSize, padding);
        if (!aligned)
            return false;
        m_blocks.m_gaps.push_back({m_blocks.m_storedSize, padding});
        m_blocks.m_storedSize = *aligned;
        return true;
    }

    /// Adds the blocks of an entry with `length` bytes of pages; returns what they take in the file.
    Result<uint64_t> addBlocks(const PagemapRecord &record, uint64_t length, PageBlocks::Entry &entry)
    {
        const auto pages = blockPages(record);
        if (!pages)
            return pages.error();
        const uint64_t wanted = record.pages / *pages + (record.pages % *pages != 0 ? 1 : 0);
        if (record.blockSizes.empty())
            return malformed(record, "tells of compressed blocks without their sizes");
        if (record.blockSizes.size() != wanted)
            return malformed(record, "has " + std::to_string(record.blockSizes.size()) +
                                         " compressed blocks instead of " + std::to_string(wanted));
        entry.blocks = wanted;
        entry.blockBytes = static_cast<uint32_t>(*pages * m_blocks.m_pageSize);
        uint64_t sum = 0;
        for (uint64_t i = 0; i < wanted; ++i) {
            const uint32_t size = record.blockSizes[i];
            const uint64_t own = std::min<uint64_t>(entry.blockBytes, length - i * entry.blockBytes);
            if (size > own)
                return malformed(record, "compressed block " + std::to_string(i) + " of " +
                                             std::to_string(size) + " bytes is longer than its pages");
            if (m_blocks.m_sizes.size() % PageBlocks::stride == 0)
                m_blocks.m_sums.push_back(m_sum);
            m_blocks.m_sizes.push_back(size);
            m_sum += size; // at most 4 MiB each, and there are not 2^42 of them
            sum += size;
        }
        if (record.blocksSize && *record.blocksSize != sum)
            return malformed(record, "its compressed blocks have " + std::to_string(sum) + " bytes, not " +
                                         std::to_string(*record.blocksSize));
        return sum;
    }

    const ByteSource &m_pagemap;
    const PageCompression &m_compression;
    PageBlocks m_blocks;
    uint64_t m_end = 0; ///< where the last entry ends (virtual address)
    uint64_t m_sum = 0; ///< of all sizes
};

Result<PageBlocks> PageBlocks::read(const ByteSource &pagemap, uint64_t pageSize,
                                    const PageCompression &compression, uint64_t fileSize)
{
    return PageBlocksReader(pagemap, pageSize, compression).read(fileSize);
}

uint64_t PageBlocks::sizesBefore(uint64_t block) const
{
    if (block / stride >= m_sums.size()) // behind the last of a full stride
        return m_sums.empty() ? 0 : sizesBefore(block - 1) + m_sizes[block - 1];
    uint64_t sum = m_sums[block / stride];
    for (uint64_t i = block / stride * stride; i < block; ++i)
        sum += m_sizes[i];
    return sum;
}

PageBlocks::Block PageBlocks::at(uint64_t offset) const
{
    const auto after =
        std::upper_bound(m_entries.begin(), m_entries.end(), offset,
                         [](uint64_t position, const Entry &entry) { return position < entry.decoded; });
    const auto index = static_cast<size_t>(after - m_entries.begin()) - 1;
    const Entry &entry = m_entries[index];
    Block block;
    block.entry = index;
    if (entry.blocks == 0) {
        block.plain = true;
        block.decoded = decodedRange(index);
        block.stored = {entry.stored, block.decoded.length};
        return block;
    }
    block.number = (offset - entry.decoded) / entry.blockBytes;
    block.decoded.offset = entry.decoded + block.number * entry.blockBytes;
    block.decoded.length = std::min<uint64_t>(entry.blockBytes, decodedEnd(index) - block.decoded.offset);
    const uint64_t number = entry.firstBlock + block.number;
    block.stored = {entry.stored + sizesBefore(number) - sizesBefore(entry.firstBlock), m_sizes[number]};
    if (block.stored.empty())
        block.kind = Block::Kind::Zero;
    else if (block.stored.length < block.decoded.length)
        block.kind = Block::Kind::Lz4;
    return block;
}

ByteRange PageBlocks::decodedRange(size_t entry) const
{
    return {m_entries[entry].decoded, decodedEnd(entry) - m_entries[entry].decoded};
}

ByteRange PageBlocks::storedRange(size_t entry) const
{
    const Entry &found = m_entries[entry];
    if (found.blocks == 0)
        return {found.stored, decodedRange(entry).length};
    return {found.stored, sizesBefore(found.firstBlock + found.blocks) - sizesBefore(found.firstBlock)};
}

std::span<const uint32_t> PageBlocks::blockSizes(size_t entry) const
{
    return std::span(m_sizes).subspan(m_entries[entry].firstBlock, m_entries[entry].blocks);
}

std::vector<ByteRange> PageBlocks::zeroRanges() const
{
    std::vector<ByteRange> ranges;
    for (size_t i = 0; i < m_entries.size(); ++i) {
        uint64_t at = m_entries[i].decoded;
        for (const uint32_t size : blockSizes(i)) {
            const uint64_t length = std::min<uint64_t>(m_entries[i].blockBytes, decodedEnd(i) - at);
            if (size == 0) {
                if (!ranges.empty() && ranges.back().end() == at)
                    ranges.back().length += length;
                else
                    ranges.push_back({at, length});
            }
            at += length;
        }
    }
    return ranges;
}

} // namespace cryoscope
