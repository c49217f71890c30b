// SPDX-License-Identifier: Apache-2.0
#include "tests/support/compressedpages.h"

#include "tests/support/fail.h"
#include "tests/support/imagebuilder.h"

#include <algorithm>
#include <lz4.h>

namespace cryoscope::test
{

namespace
{
constexpr uint32_t dumpedFlag = 4;
constexpr uint32_t alignedFlag = 8;
} // namespace

std::string CompressedPages::lz4(std::string_view content)
{
    std::string out(static_cast<size_t>(LZ4_compressBound(static_cast<int>(content.size()))), '\0');
    const int size = LZ4_compress_default(content.data(), out.data(), static_cast<int>(content.size()),
                                          static_cast<int>(out.size()));
    if (size <= 0)
        fail("liblz4 cannot compress");
    out.resize(static_cast<size_t>(size));
    return out;
}

CompressedPages &CompressedPages::blocks(uint64_t address, const std::string &pages, bool aligned, Form form)
{
    if (pages.empty() || pages.size() % m_pageSize != 0)
        fail("blocks hold whole pages");
    Entry entry;
    entry.address = address;
    entry.pages = pages.size() / m_pageSize;
    entry.flags = dumpedFlag | (aligned ? alignedFlag : 0);
    entry.content = pages;
    const size_t blockSize = m_pagesPerBlock * m_pageSize;
    for (size_t at = 0; at < pages.size(); at += blockSize) {
        const std::string block = pages.substr(at, blockSize);
        std::string stored = form == Form::Raw ? block : lz4(block);
        if (form == Form::Auto && block.find_first_not_of('\0') == std::string::npos)
            stored.clear();
        else if (stored.size() >= block.size())
            stored = block;
        entry.sizes.push_back(stored.size());
        entry.payload += stored;
    }
    entry.total = entry.payload.size();
    if (m_pagesPerBlock != 1)
        entry.region = m_pagesPerBlock;
    m_entries.push_back(std::move(entry));
    return *this;
}

CompressedPages &CompressedPages::plain(uint64_t address, const std::string &pages, bool aligned)
{
    Entry entry;
    entry.address = address;
    entry.pages = pages.size() / m_pageSize;
    entry.flags = dumpedFlag | (aligned ? alignedFlag : 0);
    entry.content = pages;
    entry.payload = pages;
    m_entries.push_back(std::move(entry));
    return *this;
}

CompressedPages &CompressedPages::absent(uint64_t address, uint64_t pages, uint32_t flags)
{
    Entry entry;
    entry.address = address;
    entry.pages = pages;
    entry.flags = flags;
    m_entries.push_back(std::move(entry));
    return *this;
}

CompressedPages &CompressedPages::filler(char byte)
{
    m_filler = byte;
    return *this;
}

std::string CompressedPages::pagemap(uint32_t pagesId) const
{
    ImageBuilder image("PAGEMAP");
    image.record(MessageBuilder("pagemap_head").set("pages_id", pagesId));
    for (const Entry &entry : m_entries) {
        MessageBuilder message;
        message.varint(1, entry.address).varint(2, 0).varint(4, entry.flags).varint(5, entry.pages);
        if (!entry.sizes.empty()) {
            std::string packed;
            for (const uint64_t size : entry.sizes)
                packed += MessageBuilder::encodeVarint(size);
            message.bytes(6, packed);
        }
        if (entry.total)
            message.varint(7, *entry.total);
        if (entry.region)
            message.varint(8, *entry.region);
        image.record(message);
    }
    return image.bytes();
}

std::string CompressedPages::pages() const
{
    std::string all;
    for (const Entry &entry : m_entries) {
        if ((entry.flags & alignedFlag) != 0 && all.size() % m_pageSize != 0)
            all.resize((all.size() / m_pageSize + 1) * m_pageSize, m_filler);
        all += entry.payload;
    }
    return all;
}

std::string CompressedPages::decoded() const
{
    std::string all;
    for (const Entry &entry : m_entries)
        all += entry.content;
    return all;
}

std::string CompressedPages::inventory(uint32_t mode, std::optional<uint32_t> regionSize, uint32_t version)
{
    MessageBuilder ids("task_kobj_ids_entry");
    MessageBuilder entry("inventory_entry");
    entry.set("img_version", version).set("fdinfo_per_id", true).set("root_ids", ids.fillRequired());
    entry.set("ns_per_id", true);
    if (mode != 0)
        entry.varint(15, mode);
    if (regionSize)
        entry.varint(16, *regionSize);
    return ImageBuilder("INVENTORY").record(entry).bytes();
}

} // namespace cryoscope::test
