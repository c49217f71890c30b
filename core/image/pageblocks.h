// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/byterange.h"
#include "core/base/result.h"
#include "core/bytes/bytesource.h"

#include <vector>

namespace cryoscope
{

/// What the inventory of a set says of the compression of its pages. Source: CRIU's unreleased
/// inventory_entry fields 15 and 16.
struct PageCompression {
    uint32_t mode = 0;       ///< compress: 0 off, 1 a block per page, 2 a block per region
    uint32_t regionSize = 0; ///< compress_region_size in bytes; 0: not said
};

/// Where the blocks of a compressed pages file are, and what of its decoded form (all pages that the pagemap
/// names as present, one after the other) each of them is. Pages of a pagemap entry are either plain, or
/// blocks that are each stored as an LZ4 block, as they are (then as long as their pages), or as nothing (all
/// zero). Takes about four bytes a block and forty an entry. Immutable.
class PageBlocks
{
public:
    /// One block, or all pages of a plain entry.
    struct Block {
        enum class Kind { Raw, Zero, Lz4 };
        Kind kind = Kind::Raw;
        ByteRange decoded;
        ByteRange stored;   ///< in the pages file; empty if Zero
        size_t entry = 0;   ///< number of the entry among those with stored pages
        size_t number = 0;  ///< of the block in its entry
        bool plain = false; ///< the entry has no blocks
    };

    /// Reads the entries of `pagemap` and holds them against each other, against `compression` and against
    /// the size of the pages file. Errors, which name the pagemap and the offset of the entry: Unsupported
    /// for a layout or flags that are not known, InputMalformed for sizes that contradict each other or the
    /// file's.
    static Result<PageBlocks> read(const ByteSource &pagemap, uint64_t pageSize,
                                   const PageCompression &compression, uint64_t fileSize);

    [[nodiscard]] uint64_t decodedSize() const { return m_decodedSize; }
    [[nodiscard]] uint64_t storedSize() const { return m_storedSize; }
    /// The block that holds byte `offset` of the decoded form, which must lie within. Logarithmic.
    [[nodiscard]] Block at(uint64_t offset) const;
    /// Maximal ranges of the decoded form that are stored as nothing, ascending.
    [[nodiscard]] std::vector<ByteRange> zeroRanges() const;
    /// Ranges of the pages file that belong to no block: what aligns the next one; ascending.
    [[nodiscard]] const std::vector<ByteRange> &gaps() const { return m_gaps; }

    [[nodiscard]] size_t entries() const { return m_entries.size(); }
    /// Whether the payload of an entry begins at a page.
    [[nodiscard]] bool aligned(size_t entry) const { return m_entries[entry].aligned; }
    [[nodiscard]] ByteRange decodedRange(size_t entry) const;
    [[nodiscard]] ByteRange storedRange(size_t entry) const;
    /// Stored sizes of the blocks of an entry; empty if it is plain.
    [[nodiscard]] std::span<const uint32_t> blockSizes(size_t entry) const;
    [[nodiscard]] uint64_t pageSize() const { return m_pageSize; }

private:
    friend class PageBlocksReader;
    PageBlocks() = default;

    struct Entry {
        uint64_t decoded = 0;    ///< where its pages begin in the decoded form
        uint64_t stored = 0;     ///< where its payload begins in the pages file
        uint64_t firstBlock = 0; ///< number of its first block
        uint64_t blocks = 0;     ///< 0: plain
        uint32_t blockBytes = 0; ///< of all blocks but the last; 0: plain
        bool aligned = false;
    };
    /// The sum of the sizes of all blocks before number `block`.
    [[nodiscard]] uint64_t sizesBefore(uint64_t block) const;
    /// End of entry `index` in the decoded form.
    [[nodiscard]] uint64_t decodedEnd(size_t index) const
    {
        return index + 1 < m_entries.size() ? m_entries[index + 1].decoded : m_decodedSize;
    }

    static constexpr uint64_t stride = 64; ///< blocks

    uint64_t m_pageSize = 4096;
    uint64_t m_decodedSize = 0;
    uint64_t m_storedSize = 0;
    std::vector<Entry> m_entries; ///< those with stored pages
    std::vector<uint32_t> m_sizes;
    std::vector<uint64_t> m_sums; ///< sizesBefore() of every stride-th block
    std::vector<ByteRange> m_gaps;
};

} // namespace cryoscope
