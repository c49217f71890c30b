// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/byteorder.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace cryoscope::test
{

/// How pagemap entries are written.
enum class PagemapForm {
    Current, ///< since CRIU 4.2: compat_nr_pages 0, nr_pages, flags
    Flags,   ///< 3.5 to 4.1: compat_nr_pages, flags
    Old      ///< before 3.5: compat_nr_pages, in_parent; no flags
};

/// Writes a pagemap image and its pages file: of a task by virtual address, of a shared object by offset.
class PagesBuilder
{
public:
    explicit PagesBuilder(uint64_t pageSize = 4096) : m_pageSize(pageSize) {}

    /// Makes the pages that [address, address + content.size()) touches present, and writes `content` there;
    /// the rest of new pages is zero. Content may cross pages.
    PagesBuilder &write(uint64_t address, std::string_view content);
    /// `count` pages from `address` that are in the parent set.
    PagesBuilder &inParent(uint64_t address, uint64_t count = 1);
    /// `count` pages from `address` that are left to be fetched (PE_LAZY alone).
    PagesBuilder &lazy(uint64_t address, uint64_t count = 1);

    [[nodiscard]] bool empty() const { return m_pages.empty(); }
    [[nodiscard]] uint64_t pageSize() const { return m_pageSize; }
    /// The pagemap image. Consecutive pages of one kind are one entry of at most `maxRun` pages.
    [[nodiscard]] std::string pagemap(uint32_t pagesId, PagemapForm form = PagemapForm::Current,
                                      uint64_t maxRun = 256, ByteOrder order = ByteOrder::Little,
                                      bool headMagic = true) const;
    /// The pages file of CRIU 1.0 and before, which needs no pagemap: the magic, then each page behind its
    /// address.
    [[nodiscard]] std::string oldPages(ByteOrder order = ByteOrder::Little) const;
    /// The pages file.
    [[nodiscard]] std::string pages() const;

private:
    struct Page {
        uint32_t flags = 0;
        std::string content; ///< only of present pages
    };
    PagesBuilder &absent(uint64_t address, uint64_t count, uint32_t flags);

    uint64_t m_pageSize;
    std::map<uint64_t, Page> m_pages; ///< by address
};

} // namespace cryoscope::test
