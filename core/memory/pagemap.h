// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/bytes/bytesource.h"
#include "core/image/pagemapreader.h"

#include <optional>
#include <vector>

namespace cryoscope
{

/// One pagemap_entry, with legacy defaults applied (see PagemapRecord). There are millions of them, so it is
/// kept at three words.
struct PagemapEntry {
    uint64_t address = 0;    ///< virtual address, or offset in a shared object; page aligned
    uint64_t fileOffset = 0; ///< bytes into the pages file; without PagePresent that of the next stored page
    uint64_t pages : 52 = 0; ///< count
    uint32_t flags : 12 = 0; ///< PagemapFlags

    [[nodiscard]] constexpr bool present() const { return (flags & PagePresent) != 0; }
    bool operator==(const PagemapEntry &) const = default;
};
static_assert(sizeof(PagemapEntry) == 24);

/// How the pages that a pagemap names are given.
enum class PagesLayout {
    Plain,  ///< one after the other
    Decoded ///< the same, decoded from compressed blocks; what the entries say of those has been used already
};

/// A pagemap image: which pages are stored where. Read in one pass, without keeping frames. Immutable.
class PageMap
{
public:
    /// Reads pagemap `source` with pages of `pageSize` bytes (at least 4096). InputMalformed with file and
    /// offset if the magic or type of image is wrong; a damaged entry ends reading and is problem(), and so
    /// is one whose flags are not known or contradict each other. With PagesLayout::Plain an entry with block
    /// metadata ends it too, as Unsupported. Memory taken is a constant multiple of the file's size.
    static Result<PageMap> read(const ByteSource &source, uint64_t pageSize,
                                PagesLayout layout = PagesLayout::Plain);

    /// The map of `bytes` that stand one after the other from address 0; of "pages" of one byte.
    static PageMap ofBytes(uint64_t bytes);

    /// Reads a pages file of CRIU 1.0 and before, which has the address of each page before it: entries of
    /// one page each, with fileOffset in that file. InputMalformed if it does not begin with the pagemap
    /// magic; what is damaged ends reading and is problem().
    static Result<PageMap> readOldPages(const ByteSource &source, uint64_t pageSize);

    [[nodiscard]] uint64_t pagesId() const { return m_pagesId; }
    [[nodiscard]] const std::vector<PagemapEntry> &entries() const { return m_entries; }
    [[nodiscard]] uint64_t pageSize() const { return m_pageSize; }
    /// Bytes that the pages file must have: the sum over entries with PagePresent.
    [[nodiscard]] uint64_t storedBytes() const { return m_storedBytes; }
    /// Index of the entry that covers `address`, or of the first one after it; entries().size() if none.
    /// Logarithmic.
    [[nodiscard]] size_t lowerBound(uint64_t address) const;
    /// The entry whose stored pages hold byte `fileOffset` of the pages file; null if none. Logarithmic.
    [[nodiscard]] const PagemapEntry *entryAtFileOffset(uint64_t fileOffset) const;
    /// Bytes that an entry covers.
    [[nodiscard]] uint64_t bytes(const PagemapEntry &entry) const { return entry.pages * m_pageSize; }
    /// Whether some entry leaves its pages to the parent set.
    [[nodiscard]] bool needsParent() const { return m_needsParent; }
    /// Where reading stopped early, if it did; the entries before are there.
    [[nodiscard]] const std::optional<Error> &problem() const { return m_problem; }

    /// An empty one.
    PageMap() = default;

private:
    /// What is wrong with the entry, if something is; else it is added.
    std::optional<Error> add(const PagemapRecord &record, const std::string &file, PagesLayout layout);

    uint64_t m_pagesId = 0;
    uint64_t m_pageSize = 4096;
    uint64_t m_storedBytes = 0;
    uint64_t m_end = 0; ///< where the last entry ends (virtual address)
    bool m_needsParent = false;
    std::vector<PagemapEntry> m_entries;
    std::optional<Error> m_problem;
};

} // namespace cryoscope
