// SPDX-License-Identifier: Apache-2.0
#include "core/memory/pagemap.h"

#include "core/base/checked.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

constexpr uint32_t knownFlags = PageInParent | PageLazy | PagePresent | PagePayloadAligned;
constexpr uint64_t maxPages = (uint64_t{1} << 52) - 1; // of an entry
constexpr uint64_t shortestRecord = 12; // bytes: frame, an address of five or more, a count, flags
constexpr uint64_t mostReserved = uint64_t{16} << 20; // entries

} // namespace

Result<PageMap> PageMap::read(const ByteSource &source, uint64_t pageSize, PagesLayout layout)
{
    PagemapReader reader(source);
    if (auto opened = reader.open(); !opened)
        return opened.error();
    PageMap map;
    map.m_pageSize = pageSize;
    map.m_pagesId = reader.pagesId();
    // Room for all entries at once (what is not used of it costs nothing) instead of growing, which would
    // take twice the memory at its end.
    map.m_entries.reserve(std::min(source.size() / shortestRecord, mostReserved));
    PagemapRecord record;
    while (!map.m_problem) {
        const auto more = reader.next(record);
        if (!more)
            map.m_problem = more.error();
        else if (!*more)
            break;
        else
            map.m_problem = map.add(record, source.name(), layout);
    }
    return map;
}

PageMap PageMap::ofBytes(uint64_t bytes)
{
    PageMap map;
    map.m_pageSize = 1;
    map.m_storedBytes = std::min(bytes, maxPages); // no file has that many
    map.m_end = map.m_storedBytes;
    PagemapEntry entry;
    entry.pages = map.m_storedBytes & maxPages;
    entry.flags = PagePresent;
    if (map.m_storedBytes > 0)
        map.m_entries.push_back(entry);
    return map;
}

std::optional<Error> PageMap::add(const PagemapRecord &record, const std::string &file, PagesLayout layout)
{
    const auto malformed = [&](std::string what) {
        return Error{ErrorCode::InputMalformed, std::move(what), file, record.frameOffset};
    };
    if (layout == PagesLayout::Plain && (record.hasBlocks() || (record.flags & PagePayloadAligned) != 0))
        return Error{ErrorCode::Unsupported, "holds compressed pages, which cannot be inspected here", file,
                     record.frameOffset};
    if ((record.flags & ~knownFlags) != 0)
        return Error{ErrorCode::Unsupported,
                     "a pagemap_entry has flags that are not known (" + std::to_string(record.flags) + ")",
                     file, record.frameOffset};
    if (record.present() && (record.flags & PageInParent) != 0)
        return malformed("a pagemap_entry says that its pages are here and in the parent set");
    const auto length = checkedMul(record.pages, m_pageSize);
    const auto end = length ? checkedAdd(record.address, *length) : std::nullopt;
    if (!end || record.address % m_pageSize != 0 || record.pages > maxPages)
        return malformed("a pagemap_entry of " + std::to_string(record.pages) +
                         " pages has an impossible address or count");
    if (record.pages == 0)
        return std::nullopt;
    if (record.address < m_end)
        return malformed("a pagemap_entry overlaps the one before it or is out of order");
    PagemapEntry entry;
    entry.address = record.address;
    entry.pages = record.pages & maxPages;
    entry.flags = record.flags & 0xfffU;
    entry.fileOffset = m_storedBytes;
    if (entry.present()) {
        const auto stored = checkedAdd(m_storedBytes, *length);
        if (!stored)
            return malformed("more pages are named than a file can hold");
        m_storedBytes = *stored;
    }
    m_needsParent = m_needsParent || (record.flags & PageInParent) != 0;
    m_end = *end;
    m_entries.push_back(entry);
    return std::nullopt;
}

size_t PageMap::lowerBound(uint64_t address) const
{
    const auto found =
        std::partition_point(m_entries.begin(), m_entries.end(), [&](const PagemapEntry &entry) {
            return entry.address + bytes(entry) <= address;
        });
    return static_cast<size_t>(found - m_entries.begin());
}

const PagemapEntry *PageMap::entryAtFileOffset(uint64_t fileOffset) const
{
    // Offsets ascend, and those of entries without stored pages repeat; the last that is not beyond holds the
    // byte.
    const auto after = std::upper_bound(
        m_entries.begin(), m_entries.end(), fileOffset,
        [](uint64_t offset, const PagemapEntry &entry) { return offset < entry.fileOffset; });
    if (after == m_entries.begin())
        return nullptr;
    const PagemapEntry &entry = *std::prev(after);
    return entry.present() && fileOffset - entry.fileOffset < bytes(entry) ? &entry : nullptr;
}

} // namespace cryoscope
