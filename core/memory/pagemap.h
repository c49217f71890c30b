// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/bytes/bytesource.h"

#include <optional>
#include <vector>

namespace cryoscope
{

/// pagemap_entry.flags. Source: CRIU pagemap.proto facts.
enum PagemapFlags : uint32_t { PageInParent = 1, PageLazy = 2, PagePresent = 4, PagePayloadAligned = 8 };

/// One pagemap_entry, with legacy defaults applied (in_parent means PageInParent; no flags means
/// PagePresent).
struct PagemapEntry {
    uint64_t address = 0;    ///< virtual address, or offset in a shared object; page aligned
    uint64_t pages = 0;      ///< count; nr_pages if there, else compat_nr_pages
    uint32_t flags = 0;      ///< PagemapFlags
    uint64_t fileOffset = 0; ///< bytes into the pages file; without PagePresent that of the next stored page

    [[nodiscard]] constexpr bool present() const { return (flags & PagePresent) != 0; }
};

/// A pagemap image: which pages are stored where. Read in one pass, without keeping frames. Immutable.
class PageMap
{
public:
    /// Reads pagemap `source` with pages of `pageSize` bytes. InputMalformed with file and offset if the
    /// magic or type of image is wrong; a damaged entry ends reading and is problem(). Entries with block
    /// metadata (LZ4 pages) end it too, as Unsupported.
    static Result<PageMap> read(const ByteSource &source, uint64_t pageSize);

    [[nodiscard]] uint64_t pagesId() const { return m_pagesId; }
    [[nodiscard]] const std::vector<PagemapEntry> &entries() const { return m_entries; }
    [[nodiscard]] uint64_t pageSize() const { return m_pageSize; }
    /// Bytes that the pages file must have: the sum over entries with PagePresent.
    [[nodiscard]] uint64_t storedBytes() const { return m_storedBytes; }
    /// Index of the entry that covers `address`, or of the first one after it; entries().size() if none.
    [[nodiscard]] size_t lowerBound(uint64_t address) const;
    /// The entry whose stored pages hold byte `fileOffset` of the pages file; null if none.
    [[nodiscard]] const PagemapEntry *entryAtFileOffset(uint64_t fileOffset) const;
    /// Bytes that an entry covers.
    [[nodiscard]] uint64_t bytes(const PagemapEntry &entry) const { return entry.pages * m_pageSize; }
    /// Where reading stopped early, if it did; the entries before are there.
    [[nodiscard]] const std::optional<Error> &problem() const { return m_problem; }

private:
    friend class PageMapReader;
    PageMap() = default;

    uint64_t m_pagesId = 0;
    uint64_t m_pageSize = 4096;
    uint64_t m_storedBytes = 0;
    std::vector<PagemapEntry> m_entries;
    std::optional<Error> m_problem;
};

} // namespace cryoscope
