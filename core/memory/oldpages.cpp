// SPDX-License-Identifier: Apache-2.0
// Pages files of CRIU 1.0 and before, as a map.
#include "core/image/oldpages.h"

#include "core/memory/pagemap.h"

namespace cryoscope
{

Result<PageMap> PageMap::readOldPages(const ByteSource &source, uint64_t pageSize)
{
    const auto malformed = [&source](uint64_t offset, std::string what) {
        return Error{ErrorCode::InputMalformed, std::move(what), source.name(), offset};
    };
    const auto read = OldPagesHead::read(source);
    if (!read)
        return read.error();
    const auto &head = *read;
    if (!head)
        return malformed(0, "is no pages file with addresses");
    constexpr uint64_t addressSize = OldPagesHead::addressSize;
    PageMap map;
    map.m_pageSize = pageSize;
    uint64_t end = 0; // of the last page, virtual
    for (uint64_t at = head->begin; at < source.size();) {
        const uint64_t left = source.size() - at;
        if (left < addressSize) {
            map.m_problem = malformed(at, "an address is cut off");
            break;
        }
        const auto bytes = source.readAll(at, addressSize);
        if (!bytes)
            return bytes.error();
        const uint64_t address = loadInteger(*bytes, head->order);
        const bool first = map.m_entries.empty();
        if (address == 0 && left == addressSize)
            break; // the closing address
        if (left - addressSize < pageSize) {
            map.m_problem = malformed(at, "a page is cut off");
            break;
        }
        if (address % pageSize != 0 || address > UINT64_MAX - pageSize || (!first && address < end)) {
            map.m_problem = malformed(at, "the address of a page is impossible or out of order");
            break;
        }
        PagemapEntry entry;
        entry.address = address;
        entry.pages = 1;
        entry.flags = PagePresent;
        entry.fileOffset = at + addressSize;
        map.m_entries.push_back(entry);
        end = address + pageSize;
        at += addressSize + pageSize;
        map.m_storedBytes = at;
    }
    map.m_entries.shrink_to_fit();
    return map;
}

} // namespace cryoscope
