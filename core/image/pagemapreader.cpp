// SPDX-License-Identifier: Apache-2.0
#include "core/image/pagemapreader.h"

#include "core/image/imagetype.h"

#include <algorithm>
#include <limits>

namespace cryoscope
{

namespace
{

constexpr uint64_t maxMessage = uint64_t{16} << 20; // bytes; a plain entry takes some 20
constexpr size_t windowSize = size_t{1} << 20;      // bytes
constexpr uint64_t max32 = std::numeric_limits<uint32_t>::max();

/// Walks the fields of one message.
class Fields
{
public:
    explicit Fields(std::span<const std::byte> bytes) : m_at(bytes.data()), m_end(m_at + bytes.size()) {}

    [[nodiscard]] bool atEnd() const { return m_at == m_end; }

    /// False if the number is cut off or too long.
    bool varint(uint64_t &value)
    {
        value = 0;
        for (unsigned shift = 0; shift < 64 && m_at != m_end; shift += 7) {
            const auto byte = std::to_integer<uint64_t>(*m_at++);
            value |= (byte & 0x7f) << shift;
            if (byte < 0x80)
                return true;
        }
        return false;
    }

    /// Reads the tag; of a field that is no number also skips the value, which is then in `bytes`. False if
    /// the wire format is wrong.
    bool next(uint64_t &number, bool &isNumber, uint64_t &value, std::span<const std::byte> &bytes)
    {
        uint64_t tag = 0;
        if (!varint(tag) || tag < 8)
            return false;
        number = tag >> 3;
        isNumber = (tag & 7) == 0;
        uint64_t length = 0;
        switch (tag & 7) {
        case 0:
            return varint(value);
        case 1:
            length = 8;
            break;
        case 2:
            if (!varint(length))
                return false;
            break;
        case 5:
            length = 4;
            break;
        default:
            return false;
        }
        if (length > static_cast<uint64_t>(m_end - m_at))
            return false;
        bytes = {m_at, static_cast<size_t>(length)};
        m_at += length;
        return true;
    }

private:
    const std::byte *m_at;
    const std::byte *m_end;
};

/// Whether bytes that may be packed numbers are as well a message with a few small fields.
bool readsAsMessage(std::span<const std::byte> bytes)
{
    Fields fields(bytes);
    while (!fields.atEnd()) {
        uint64_t number = 0;
        uint64_t value = 0;
        bool isNumber = false;
        std::span<const std::byte> inner;
        if (!fields.next(number, isNumber, value, inner) || number > 15)
            return false;
    }
    return !bytes.empty();
}

/// Fills a record from its message; false if that is damaged.
bool parse(std::span<const std::byte> message, PagemapRecord &record)
{
    std::optional<uint64_t> flags;
    std::optional<uint64_t> pages;
    uint64_t oldPages = 0;
    bool inParent = false;
    bool twoReadings = false;
    Fields fields(message);
    while (!fields.atEnd()) {
        uint64_t number = 0;
        uint64_t value = 0;
        bool isNumber = false;
        std::span<const std::byte> bytes;
        if (!fields.next(number, isNumber, value, bytes))
            return false;
        if (!isNumber) {
            if (number != 6) {
                record.unknownBytes = true;
                continue;
            }
            twoReadings = readsAsMessage(bytes);
            Fields sizes(bytes);
            while (!sizes.atEnd()) {
                if (!sizes.varint(value) || value > max32)
                    return false;
                record.blockSizes.push_back(static_cast<uint32_t>(value));
            }
            continue;
        }
        switch (number) {
        case 1:
            record.address = value;
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
        case 6:
        case 8:
            if (value > max32)
                return false;
            if (number == 6)
                record.blockSizes.push_back(static_cast<uint32_t>(value));
            else
                record.blockPages = static_cast<uint32_t>(value);
            break;
        case 7:
            record.blocksSize = value;
            break;
        default: // not known, and no place for sizes
            break;
        }
    }
    if (flags.value_or(0) > max32)
        return false;
    record.pages = pages.value_or(oldPages);
    record.flags = flags ? static_cast<uint32_t>(*flags) : inParent ? 0U : uint32_t{PagePresent};
    if (inParent)
        record.flags |= PageInParent;
    // A later layout nests the sizes in a message, whose number is not known: it could be 6 too.
    if (twoReadings && !record.blocksSize && !record.blockPages)
        record.unknownBytes = true;
    return true;
}

} // namespace

Result<std::span<const std::byte>> PagemapReader::take(uint64_t length)
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

Result<uint32_t> PagemapReader::word()
{
    if (left() < 4)
        return malformed(m_at, "is cut off");
    const auto bytes = take(4);
    if (!bytes)
        return bytes.error();
    return static_cast<uint32_t>(loadInteger(*bytes, m_order));
}

Result<std::span<const std::byte>> PagemapReader::message()
{
    const uint64_t at = m_at;
    const auto size = word();
    if (!size)
        return size.error();
    if (*size > left())
        return malformed(at, "a record of " + std::to_string(*size) + " bytes reaches beyond the end (" +
                                 std::to_string(m_source.size()) + ")");
    if (*size > maxMessage)
        return malformed(at, "a record of " + std::to_string(*size) + " bytes is longer than any entry");
    return take(*size);
}

Result<void> PagemapReader::open()
{
    const ImageType *type = imageTypeByName("PAGEMAP");
    auto magic = word();
    if (!magic)
        return magic.error();
    const uint32_t swapped = __builtin_bswap32(*magic);
    if (swapped == commonMagic || swapped == type->magic) {
        m_order = ByteOrder::Big;
        magic = swapped;
    }
    if (*magic == commonMagic) {
        magic = word();
        if (!magic)
            return magic.error();
    }
    if (*magic != type->magic)
        return malformed(m_at - 4, "is no pagemap image");

    const uint64_t at = m_at;
    if (left() == 0) {
        m_badHead = malformed(at, "there is no pagemap_head");
        return {};
    }
    const auto head = message();
    if (!head) {
        m_badHead = head.error();
        return {};
    }
    m_badHead = malformed(at, "the pagemap_head names no pages file");
    Fields fields(*head);
    while (!fields.atEnd()) {
        uint64_t number = 0;
        uint64_t value = 0;
        bool isNumber = false;
        std::span<const std::byte> bytes;
        if (!fields.next(number, isNumber, value, bytes)) {
            m_badHead = malformed(at, "the pagemap_head is damaged");
            return {};
        }
        if (number == 1 && isNumber) {
            m_pagesId = value;
            m_badHead.reset();
        }
    }
    return {};
}

std::optional<uint64_t> PagemapReader::pagesIdOf(const ByteSource &source)
{
    PagemapReader reader(source);
    if (!reader.open() || reader.m_badHead)
        return std::nullopt;
    return reader.m_pagesId;
}

Result<bool> PagemapReader::next(PagemapRecord &record)
{
    if (m_badHead)
        return *m_badHead;
    if (left() == 0)
        return false;
    record.frameOffset = m_at;
    record.blockSizes.clear();
    record.blocksSize.reset();
    record.blockPages.reset();
    record.unknownBytes = false;
    record.address = 0;
    const auto bytes = message();
    if (!bytes)
        return bytes.error();
    // A file of zeros would be nothing but such records.
    if (bytes->empty())
        return malformed(record.frameOffset, "a pagemap_entry is empty");
    record.length = bytes->size();
    if (!parse(*bytes, record))
        return malformed(record.frameOffset, "a pagemap_entry is damaged");
    return true;
}

} // namespace cryoscope
