// SPDX-License-Identifier: Apache-2.0
#include "core/memory/pagemap.h"

#include "core/base/checked.h"
#include "core/image/byteorder.h"
#include "core/image/imagetype.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

constexpr uint64_t maxMessage = uint64_t{1} << 20; // bytes; an entry takes some 40
constexpr size_t windowSize = size_t{1} << 20;

/// Reads a source from its start to its end in large pieces.
class Stream
{
public:
    explicit Stream(const ByteSource &source) : m_source(source) {}

    [[nodiscard]] uint64_t at() const { return m_at; }
    [[nodiscard]] uint64_t left() const { return m_source.size() - m_at; }

    /// The next `length` bytes, which must be left; valid until the next call.
    Result<std::span<const std::byte>> take(uint64_t length)
    {
        if (m_at < m_start || m_at + length > m_start + m_window.size()) {
            m_window.resize(std::min<uint64_t>(std::max<uint64_t>(length, windowSize), left()));
            m_start = m_at;
            if (auto done = m_source.read(m_at, m_window); !done)
                return done.error();
        }
        const std::span<const std::byte> piece(m_window.data() + (m_at - m_start), length);
        m_at += length;
        return piece;
    }

private:
    const ByteSource &m_source;
    std::vector<std::byte> m_window;
    uint64_t m_start = 0;
    uint64_t m_at = 0;
};

/// Reads the varint at `at`; nothing if it is cut off or too long.
std::optional<uint64_t> varint(std::span<const std::byte> bytes, size_t &at)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && at < bytes.size(); shift += 7) {
        const auto byte = static_cast<uint64_t>(bytes[at++]);
        value |= (byte & 0x7f) << shift;
        if ((byte & 0x80) == 0)
            return value;
    }
    return std::nullopt;
}

/// Calls `field(number, value)` for each varint field of a message; others are skipped, `bytesField(number)`
/// tells of them. False if the wire format is wrong. A full Message per entry would cost a hundred times as
/// much.
template <class Field, class BytesField>
bool eachField(std::span<const std::byte> message, const Field &field, const BytesField &bytesField)
{
    for (size_t at = 0; at < message.size();) {
        const auto tag = varint(message, at);
        if (!tag)
            return false;
        uint64_t skip = 0;
        switch (*tag & 7) {
        case 0: {
            const auto value = varint(message, at);
            if (!value)
                return false;
            field(*tag >> 3, *value);
            break;
        }
        case 1:
            skip = 8;
            break;
        case 2: {
            const auto length = varint(message, at);
            if (!length)
                return false;
            skip = *length;
            bytesField(*tag >> 3);
            break;
        }
        case 5:
            skip = 4;
            break;
        default:
            return false;
        }
        if (skip > message.size() - at)
            return false;
        at += skip;
    }
    return true;
}

} // namespace

/// Reads one pagemap image.
class PageMapReader
{
public:
    PageMapReader(const ByteSource &source, uint64_t pageSize) : m_source(source), m_stream(source)
    {
        m_map.m_pageSize = pageSize;
    }

    Result<PageMap> read()
    {
        if (auto done = readMagics(); !done)
            return done.error();
        bool first = true;
        while (m_stream.left() > 0 && !m_map.m_problem) {
            const uint64_t at = m_stream.at();
            const auto message = record();
            if (!message) {
                m_map.m_problem = message.error();
            } else if (first) {
                readHead(*message, at);
                first = false;
            } else {
                readEntry(*message, at);
            }
        }
        if (first && !m_map.m_problem)
            m_map.m_problem = malformed(m_stream.at(), "there is no pagemap_head");
        m_map.m_entries.shrink_to_fit();
        return std::move(m_map);
    }

private:
    [[nodiscard]] Error malformed(uint64_t offset, std::string what) const
    {
        return {ErrorCode::InputMalformed, std::move(what), m_source.name(), offset};
    }

    Result<uint64_t> word(ByteOrder order)
    {
        if (m_stream.left() < 4)
            return malformed(m_stream.at(), "is cut off");
        const auto bytes = m_stream.take(4);
        if (!bytes)
            return bytes.error();
        return loadInteger(*bytes, order);
    }

    Result<void> readMagics()
    {
        const ImageType *type = imageTypeByName("PAGEMAP");
        const auto first = word(ByteOrder::Little);
        if (!first)
            return first.error();
        const auto swapped = static_cast<uint64_t>(__builtin_bswap32(static_cast<uint32_t>(*first)));
        uint64_t magic = *first;
        if (swapped == commonMagic || swapped == type->magic) {
            m_order = ByteOrder::Big;
            magic = swapped;
        }
        if (magic == commonMagic) {
            const auto second = word(m_order);
            if (!second)
                return second.error();
            magic = *second;
        }
        if (magic != type->magic)
            return malformed(m_stream.at() - 4, "is no pagemap image");
        return {};
    }

    Result<std::span<const std::byte>> record()
    {
        const uint64_t at = m_stream.at();
        const auto size = word(m_order);
        if (!size)
            return size.error();
        if (*size > m_stream.left() || *size > maxMessage)
            return malformed(at, "a record of " + std::to_string(*size) + " bytes reaches beyond the end (" +
                                     std::to_string(m_source.size()) + ")");
        return m_stream.take(*size);
    }

    void readHead(std::span<const std::byte> message, uint64_t at)
    {
        bool found = false;
        const bool fine = eachField(
            message,
            [&](uint64_t number, uint64_t value) {
                if (number == 1) {
                    m_map.m_pagesId = value;
                    found = true;
                }
            },
            [](uint64_t) {});
        if (!fine || !found)
            m_map.m_problem = malformed(at, "the pagemap_head names no pages file");
    }

    void readEntry(std::span<const std::byte> message, uint64_t at)
    {
        PagemapEntry entry;
        std::optional<uint64_t> flags;
        std::optional<uint64_t> pages;
        uint64_t oldPages = 0;
        bool inParent = false;
        bool blocks = false;
        const bool fine = eachField(
            message,
            [&](uint64_t number, uint64_t value) {
                switch (number) {
                case 1:
                    entry.address = value;
                    break;
                case 2:
                    oldPages = value;
                    break;
                case 3:
                    inParent = value != 0;
                    break;
                case 4:
                    flags = value;
                    break;
                case 5:
                    pages = value;
                    break;
                default: // 6 to 8: sizes of compressed blocks
                    blocks = true;
                    break;
                }
            },
            [&](uint64_t) { blocks = true; });
        if (!fine) {
            m_map.m_problem = malformed(at, "a pagemap_entry is damaged");
            return;
        }
        entry.pages = pages.value_or(oldPages);
        entry.flags = flags ? static_cast<uint32_t>(*flags) : inParent ? 0U : uint32_t{PagePresent};
        if (inParent)
            entry.flags |= PageInParent;
        if (blocks || (entry.flags & PagePayloadAligned) != 0) {
            m_map.m_problem = Error{ErrorCode::Unsupported,
                                    "holds compressed pages, which cannot be inspected", m_source.name(), at};
            return;
        }
        add(entry, at);
    }

    void add(PagemapEntry entry, uint64_t at)
    {
        const auto bytes = checkedMul(entry.pages, m_map.m_pageSize);
        const auto end = bytes ? checkedAdd(entry.address, *bytes) : std::nullopt;
        if (!end || entry.address % m_map.m_pageSize != 0) {
            m_map.m_problem = malformed(at, "a pagemap_entry of " + std::to_string(entry.pages) +
                                                " pages has an impossible address or count");
            return;
        }
        if (entry.pages == 0)
            return;
        if (entry.address < m_end) {
            m_map.m_problem = malformed(at, "a pagemap_entry overlaps the one before it or is out of order");
            return;
        }
        entry.fileOffset = m_map.m_storedBytes;
        if (entry.present()) {
            const auto stored = checkedAdd(m_map.m_storedBytes, *bytes);
            if (!stored) {
                m_map.m_problem = malformed(at, "more pages are named than a file can hold");
                return;
            }
            m_map.m_storedBytes = *stored;
        }
        m_end = *end;
        m_map.m_entries.push_back(entry);
    }

    const ByteSource &m_source;
    Stream m_stream;
    ByteOrder m_order = ByteOrder::Little;
    PageMap m_map;
    uint64_t m_end = 0; ///< where the last entry ends (virtual address)
};

Result<PageMap> PageMap::read(const ByteSource &source, uint64_t pageSize)
{
    return PageMapReader(source, pageSize).read();
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
