// SPDX-License-Identifier: Apache-2.0
#include "core/image/decodedpages.h"

#include "core/base/checked.h"
#include "core/image/lz4block.h"

#include <algorithm>

namespace cryoscope
{

DecodedPages::DecodedPages(std::shared_ptr<const ByteSource> pages, std::shared_ptr<const PageBlocks> blocks,
                           std::string name)
    : m_pages(std::move(pages)), m_blocks(std::move(blocks)), m_name(std::move(name)),
      m_zeroRanges(m_blocks->zeroRanges())
{
}

Result<void> DecodedPages::read(uint64_t offset, std::span<std::byte> out) const
{
    if (!inBounds(offset, out.size(), size()))
        return outOfRange(offset, out.size());
    while (!out.empty()) {
        const PageBlocks::Block block = m_blocks->at(offset);
        const uint64_t skip = offset - block.decoded.offset;
        const auto part = out.first(std::min<uint64_t>(out.size(), block.decoded.length - skip));
        switch (block.kind) {
        case PageBlocks::Block::Kind::Raw:
            if (auto done = m_pages->read(block.stored.offset + skip, part); !done)
                return done;
            break;
        case PageBlocks::Block::Kind::Zero:
            std::fill(part.begin(), part.end(), std::byte{0});
            break;
        case PageBlocks::Block::Kind::Lz4:
            if (part.size() == block.decoded.length) { // nothing of it would be read again
                if (auto done = decode(block, part); !done)
                    return done;
            } else {
                const auto bytes = decoded(block);
                if (!bytes)
                    return bytes.error();
                std::copy_n((*bytes)->begin() + static_cast<ptrdiff_t>(skip), part.size(), part.begin());
            }
            break;
        }
        offset += part.size();
        out = out.subspan(part.size());
    }
    return {};
}

uint64_t DecodedPages::nextData(uint64_t offset) const
{
    const auto zero =
        std::partition_point(m_zeroRanges.begin(), m_zeroRanges.end(),
                             [offset](const ByteRange &range) { return range.end() <= offset; });
    return zero != m_zeroRanges.end() && zero->offset <= offset ? zero->end() : std::min(offset, size());
}

uint64_t DecodedPages::cached() const
{
    const std::lock_guard lock(m_mutex);
    return m_cached;
}

Result<void> DecodedPages::decode(const PageBlocks::Block &block, std::span<std::byte> out) const
{
    const auto stored = m_pages->readAll(block.stored.offset, block.stored.length);
    if (!stored)
        return stored.error();
    if (const auto wrong = decodeLz4Block(*stored, out))
        return Error{ErrorCode::InputMalformed, std::string(*wrong), m_pages->name(), block.stored.offset};
    return {};
}

Result<DecodedPages::Bytes> DecodedPages::decoded(const PageBlocks::Block &block) const
{
    {
        const std::lock_guard lock(m_mutex);
        if (const auto found = m_cacheIndex.find(block.decoded.offset); found != m_cacheIndex.end()) {
            m_cache.splice(m_cache.begin(), m_cache, found->second);
            return m_cache.front().bytes;
        }
    }
    auto made = std::make_shared<std::vector<std::byte>>(block.decoded.length);
    if (auto done = decode(block, *made); !done)
        return done.error();
    const std::lock_guard lock(m_mutex);
    if (!m_cacheIndex.contains(block.decoded.offset)) { // else another thread was faster
        m_cache.push_front({block.decoded.offset, made});
        m_cacheIndex[block.decoded.offset] = m_cache.begin();
        m_cached += made->size();
    }
    while (m_cached > cacheSize) {
        m_cached -= m_cache.back().bytes->size();
        m_cacheIndex.erase(m_cache.back().at);
        m_cache.pop_back();
    }
    return Bytes(std::move(made));
}

} // namespace cryoscope
