// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/messagebuilder.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope::test
{

/// Writes a pagemap and its pages file with LZ4 blocks (made by liblz4), entry by entry, and what a reader
/// must make of them.
///
///     CompressedPages pages(4);                         // blocks of four pages
///     pages.blocks(0x1000, text).plain(0x9000, more);   // entries, ascending
///     builder.member("pagemap-100.img", pages.pagemap(1)).member("pages-1.img", pages.pages());
class CompressedPages
{
public:
    explicit CompressedPages(uint32_t pagesPerBlock = 1, uint64_t pageSize = 4096)
        : m_pagesPerBlock(pagesPerBlock), m_pageSize(pageSize)
    {
    }

    /// How a block is stored.
    enum class Form {
        Auto,
        Raw,
        Lz4
    }; ///< Auto: nothing if it is all zero, LZ4 where that is shorter, else raw

    /// Pages (a whole number of them) in blocks. `form` is that of all blocks.
    CompressedPages &blocks(uint64_t address, const std::string &pages, bool aligned = false,
                            Form form = Form::Auto);
    /// Pages as they are, without block metadata.
    CompressedPages &plain(uint64_t address, const std::string &pages, bool aligned = false);
    CompressedPages &absent(uint64_t address, uint64_t pages, uint32_t flags);
    /// What stands where a payload is aligned.
    CompressedPages &filler(char byte);

    /// The message of entry number `index`, to be changed; fields are set once and in order.
    struct Entry {
        uint64_t address = 0;
        uint64_t pages = 0;
        uint32_t flags = 4;
        std::vector<uint64_t> sizes;    ///< compressed_size
        std::optional<uint64_t> total;  ///< total_compressed_size
        std::optional<uint32_t> region; ///< region_pages
        std::string content;            ///< decoded, if present
        std::string payload;            ///< in the pages file
    };
    [[nodiscard]] Entry &entry(size_t index) { return m_entries.at(index); }

    [[nodiscard]] std::string pagemap(uint32_t pagesId) const;
    [[nodiscard]] std::string pages() const;
    /// All pages that are stored, decoded, one after the other.
    [[nodiscard]] std::string decoded() const;
    /// inventory.img of such a set.
    [[nodiscard]] static std::string inventory(uint32_t mode, std::optional<uint32_t> regionSize,
                                               uint32_t version = 3);

    /// One LZ4 block of `content`.
    [[nodiscard]] static std::string lz4(std::string_view content);

private:
    uint32_t m_pagesPerBlock;
    uint64_t m_pageSize;
    char m_filler = '\0';
    std::vector<Entry> m_entries;
};

} // namespace cryoscope::test
