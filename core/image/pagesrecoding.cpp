// SPDX-License-Identifier: Apache-2.0
#include "core/image/pagesrecoding.h"

#include "core/bytes/concatsource.h"
#include "core/bytes/memorysource.h"
#include "core/image/pagemapreader.h"

#include <algorithm>
#include <map>

namespace cryoscope
{

namespace
{

using Source = std::shared_ptr<const ByteSource>;

/// New sizes of changed blocks, by number in the entry, by entry.
using NewSizes = std::map<size_t, std::map<size_t, uint32_t>>;

bool allZero(std::span<const std::byte> bytes)
{
    return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

/// Writes the new pages file.
class PagesWriter
{
public:
    PagesWriter(Source pages, const PageBlocks &blocks, const ByteSource &changed)
        : m_pages(std::move(pages)), m_blocks(blocks), m_changed(changed),
          m_out(std::make_shared<ConcatSource>(m_pages->name()))
    {
    }

    Result<Source> write(std::span<const ByteRange> ranges)
    {
        findBlocks(ranges);
        auto block = m_changedBlocks.begin();
        for (size_t entry = 0; entry < m_blocks.entries(); ++entry) {
            if (m_blocks.aligned(entry)) {
                if (auto done = align(); !done)
                    return done.error();
            }
            const ByteRange stored = m_blocks.storedRange(entry);
            uint64_t at = stored.offset; // in the old file
            for (; block != m_changedBlocks.end() && block->entry == entry; ++block) {
                if (auto done = copy({at, block->stored.offset - at}); !done)
                    return done.error();
                if (auto done = put(*block); !done)
                    return done.error();
                at = block->stored.end();
            }
            if (auto done = copy({at, stored.end() - at}); !done)
                return done.error();
        }
        return Source(std::move(m_out));
    }

    [[nodiscard]] const NewSizes &newSizes() const { return m_newSizes; }

private:
    /// The blocks that change, and their new sizes; of a plain entry only what changes of it.
    void findBlocks(std::span<const ByteRange> ranges)
    {
        for (const ByteRange &range : ranges) {
            for (uint64_t at = range.offset; at < range.end();) {
                PageBlocks::Block block = m_blocks.at(at);
                const uint64_t end = std::min(range.end(), block.decoded.end());
                if (block.plain) {
                    block.stored = {block.stored.offset + (at - block.decoded.offset), end - at};
                    block.decoded = {at, end - at};
                    m_changedBlocks.push_back(block);
                } else if (m_changedBlocks.empty() ||
                           m_changedBlocks.back().decoded.offset != block.decoded.offset) {
                    m_changedBlocks.push_back(block);
                }
                at = end;
            }
        }
    }

    Result<void> put(const PageBlocks::Block &block)
    {
        const auto bytes = m_changed.readAll(block.decoded.offset, block.decoded.length);
        if (!bytes)
            return bytes.error();
        const bool nothing = !block.plain && allZero(*bytes);
        if (!block.plain)
            m_newSizes[block.entry][block.number] = nothing ? 0 : static_cast<uint32_t>(bytes->size());
        if (nothing)
            return {};
        return m_out->add(std::make_shared<MemorySource>(m_pages->name(), std::span(*bytes)),
                          {0, bytes->size()});
    }

    Result<void> copy(ByteRange range) { return m_out->add(m_pages, range); }

    Result<void> align()
    {
        const uint64_t over = m_out->size() % m_blocks.pageSize();
        if (over == 0)
            return {};
        const std::vector<std::byte> zeros(m_blocks.pageSize() - over);
        return m_out->add(std::make_shared<MemorySource>(m_pages->name(), std::span<const std::byte>(zeros)),
                          {0, zeros.size()});
    }

    Source m_pages;
    const PageBlocks &m_blocks;
    const ByteSource &m_changed;
    std::shared_ptr<ConcatSource> m_out;
    std::vector<PageBlocks::Block> m_changedBlocks; ///< ascending
    NewSizes m_newSizes;
};

void putVarint(std::vector<std::byte> &out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        out.push_back(static_cast<std::byte>((value & 0x7f) | 0x80));
    out.push_back(static_cast<std::byte>(value));
}

/// The varint at `at`, which is known to be whole.
uint64_t takeVarint(std::span<const std::byte> bytes, size_t &at)
{
    uint64_t value = 0;
    for (unsigned shift = 0; at < bytes.size() && shift < 64; shift += 7) {
        const auto byte = std::to_integer<uint64_t>(bytes[at++]);
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80)
            break;
    }
    return value;
}

/// The message of a pagemap_entry with other block sizes; all other fields stay as they are.
std::vector<std::byte> withSizes(std::span<const std::byte> message, std::span<const uint32_t> sizes)
{
    constexpr uint64_t sizesField = 6; // compressed_size
    constexpr uint64_t totalField = 7; // total_compressed_size
    std::vector<std::byte> packed;
    uint64_t total = 0;
    for (const uint32_t size : sizes) {
        putVarint(packed, size);
        total += size;
    }
    std::vector<std::byte> out;
    bool written = false;
    for (size_t at = 0; at < message.size();) {
        const size_t begin = at;
        const uint64_t tag = takeVarint(message, at);
        switch (tag & 7) {
        case 0:
            (void)takeVarint(message, at);
            break;
        case 1:
            at += 8;
            break;
        case 2:
            at += takeVarint(message, at);
            break;
        default:
            at += 4;
            break;
        }
        at = std::min(at, message.size());
        if (tag >> 3 == sizesField) {
            if (!written) {
                putVarint(out, sizesField << 3 | 2);
                putVarint(out, packed.size());
                out.insert(out.end(), packed.begin(), packed.end());
            }
            written = true;
        } else if (tag >> 3 == totalField) {
            putVarint(out, totalField << 3);
            putVarint(out, total);
        } else {
            out.insert(out.end(), message.begin() + static_cast<ptrdiff_t>(begin),
                       message.begin() + static_cast<ptrdiff_t>(at));
        }
    }
    return out;
}

Result<Source> newPagemap(const Source &pagemap, const PageBlocks &blocks, const NewSizes &newSizes)
{
    PagemapReader reader(*pagemap);
    if (auto opened = reader.open(); !opened)
        return opened.error();
    auto out = std::make_shared<ConcatSource>(pagemap->name());
    uint64_t copied = 0; // bytes of the old image
    size_t entry = 0;    // number among those with stored pages
    PagemapRecord record;
    for (;;) {
        const auto more = reader.next(record);
        if (!more)
            return more.error();
        if (!*more)
            break;
        if (!record.present())
            continue;
        const auto changed = newSizes.find(entry++);
        if (changed == newSizes.end())
            continue;
        constexpr uint64_t frame = 4; // bytes
        const auto old = blocks.blockSizes(changed->first);
        std::vector<uint32_t> sizes(old.begin(), old.end());
        for (const auto &[number, size] : changed->second)
            sizes[number] = size;
        const auto message = pagemap->readAll(record.frameOffset + frame, record.length);
        if (!message)
            return message.error();
        const std::vector<std::byte> made = withSizes(*message, sizes);
        std::vector<std::byte> bytes(frame);
        for (size_t i = 0; i < frame; ++i) {
            const size_t shift = 8 * (reader.byteOrder() == ByteOrder::Big ? frame - 1 - i : i);
            bytes[i] = static_cast<std::byte>(made.size() >> shift);
        }
        bytes.insert(bytes.end(), made.begin(), made.end());
        if (auto done = out->add(pagemap, {copied, record.frameOffset - copied}); !done)
            return done.error();
        if (auto done =
                out->add(std::make_shared<MemorySource>(pagemap->name(), std::span<const std::byte>(bytes)),
                         {0, bytes.size()});
            !done)
            return done.error();
        copied = record.frameOffset + frame + record.length;
    }
    if (auto done = out->add(pagemap, {copied, pagemap->size() - copied}); !done)
        return done.error();
    return Source(std::move(out));
}

} // namespace

Result<std::vector<Source>> PagesRecoding::encode(const ByteSource &changed,
                                                  std::span<const ByteRange> ranges) const
{
    if (ranges.empty())
        return std::vector<Source>{m_pages, m_pagemap};
    PagesWriter writer(m_pages, *m_blocks, changed);
    auto pages = writer.write(ranges);
    if (!pages)
        return pages.error();
    auto pagemap = newPagemap(m_pagemap, *m_blocks, writer.newSizes());
    if (!pagemap)
        return pagemap.error();
    return std::vector<Source>{std::move(*pages), std::move(*pagemap)};
}

} // namespace cryoscope
