// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bytes/bytesource.h"
#include "core/image/pageblocks.h"

#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace cryoscope
{

/// What a compressed pages file decodes to: the pages as an uncompressed one would have them. Blocks are
/// decoded when they are read; a few stay in memory. Reading a damaged block is InputMalformed with the pages
/// file's name and the offset of the block in it.
class DecodedPages final : public ByteSource
{
public:
    static constexpr uint64_t cacheSize = uint64_t{16} << 20; ///< bytes of decoded blocks that are kept

    /// `pages` is the pages file that `blocks` describes.
    DecodedPages(std::shared_ptr<const ByteSource> pages, std::shared_ptr<const PageBlocks> blocks,
                 std::string name);

    uint64_t size() const override { return m_blocks->decodedSize(); }
    const std::string &name() const override { return m_name; }
    Result<void> read(uint64_t offset, std::span<std::byte> out) const override;
    uint64_t nextData(uint64_t offset) const override;

    /// Maximal ranges that are stored as nothing (all zero), ascending.
    [[nodiscard]] const std::vector<ByteRange> &zeroRanges() const { return m_zeroRanges; }
    /// Ranges of the pages file that belong to no block, ascending.
    [[nodiscard]] const std::vector<ByteRange> &gaps() const { return m_blocks->gaps(); }
    /// Where the blocks are.
    [[nodiscard]] const PageBlocks &blocks() const { return *m_blocks; }
    /// Bytes of decoded blocks that are in memory now.
    [[nodiscard]] uint64_t cached() const;

private:
    using Bytes = std::shared_ptr<const std::vector<std::byte>>;
    struct Cached {
        uint64_t at = 0; ///< in the decoded form
        Bytes bytes;
    };
    /// The whole decoded content of an LZ4 block.
    Result<Bytes> decoded(const PageBlocks::Block &block) const;
    Result<void> decode(const PageBlocks::Block &block, std::span<std::byte> out) const;

    std::shared_ptr<const ByteSource> m_pages;
    std::shared_ptr<const PageBlocks> m_blocks;
    std::string m_name;
    std::vector<ByteRange> m_zeroRanges;
    mutable std::mutex m_mutex;        ///< of what follows
    mutable std::list<Cached> m_cache; ///< the last used first
    mutable std::unordered_map<uint64_t, std::list<Cached>::iterator> m_cacheIndex;
    mutable uint64_t m_cached = 0; ///< bytes
};

} // namespace cryoscope
