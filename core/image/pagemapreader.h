// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/bytes/bytesource.h"
#include "core/image/byteorder.h"

#include <optional>
#include <vector>

namespace cryoscope
{

/// pagemap_entry.flags. Source: CRIU pagemap.proto facts.
enum PagemapFlags : uint32_t { PageInParent = 1, PageLazy = 2, PagePresent = 4, PagePayloadAligned = 8 };

/// One pagemap_entry as it is stored, with legacy defaults applied (in_parent means PageInParent; neither
/// that nor flags means PagePresent).
struct PagemapRecord {
    uint64_t frameOffset = 0; ///< bytes into the image, of the u32 size
    uint64_t length = 0;      ///< bytes of the message
    uint64_t address = 0;
    uint64_t pages = 0; ///< nr_pages if there, else compat_nr_pages
    uint32_t flags = 0; ///< PagemapFlags

    // Sizes of compressed blocks. Source: CRIU's unreleased pagemap_entry fields 6 to 8.
    std::vector<uint32_t> blockSizes;   ///< compressed_size
    std::optional<uint64_t> blocksSize; ///< total_compressed_size
    std::optional<uint32_t> blockPages; ///< region_pages
    bool unknownBytes = false;          ///< holds a field of bytes that is none of these

    [[nodiscard]] bool present() const { return (flags & PagePresent) != 0; }
    /// Says anything of compressed blocks, or something that may.
    [[nodiscard]] bool hasBlocks() const
    {
        return !blockSizes.empty() || blocksSize || blockPages || unknownBytes;
    }
};

/// Reads a pagemap image from its start to its end in large pieces, without keeping records. A Message per
/// entry would cost a hundred times as much.
class PagemapReader
{
public:
    /// `source` must outlive the reader.
    explicit PagemapReader(const ByteSource &source) : m_source(source) {}

    /// Reads magics and head; first of all, once. InputMalformed with file and offset if it is no pagemap
    /// image. A head that is damaged is no error here but of next().
    Result<void> open();
    /// pages_id of the pagemap `source`; nothing if it is none or is damaged.
    static std::optional<uint64_t> pagesIdOf(const ByteSource &source);
    /// pages_id of the head; 0 if there is none.
    [[nodiscard]] uint64_t pagesId() const { return m_pagesId; }
    [[nodiscard]] ByteOrder byteOrder() const { return m_order; }
    /// The next record (its vectors are used again), or false at the end. Errors: InputMalformed, with the
    /// offset of the record; there is no going on behind one.
    Result<bool> next(PagemapRecord &record);

private:
    /// The next `length` bytes, which must be left; valid until the next call.
    Result<std::span<const std::byte>> take(uint64_t length);
    [[nodiscard]] uint64_t left() const { return m_source.size() - m_at; }
    Result<uint32_t> word();
    Result<std::span<const std::byte>> message();
    [[nodiscard]] Error malformed(uint64_t offset, std::string what) const
    {
        return {ErrorCode::InputMalformed, std::move(what), m_source.name(), offset};
    }

    const ByteSource &m_source;
    std::vector<std::byte> m_window;
    uint64_t m_start = 0; ///< of the window, in the source
    uint64_t m_at = 0;
    ByteOrder m_order = ByteOrder::Little;
    uint64_t m_pagesId = 0;
    std::optional<Error> m_badHead;
};

} // namespace cryoscope
