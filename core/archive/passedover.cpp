// SPDX-License-Identifier: Apache-2.0
#include "core/archive/passedover.h"

#include "core/archive/gzipdecoder.h"
#include "core/bytes/slicesource.h"

#include <array>
#include <limits>

namespace cryoscope
{

namespace
{

/// Small numbers of a source, each where it is asked for.
class HeaderReader
{
public:
    explicit HeaderReader(const ByteSource &source) : m_source(source) {}

    /// `count` (at most 4) bytes as a little-endian number; nothing if the source ends before.
    [[nodiscard]] Result<std::optional<uint32_t>> number(uint64_t at, size_t count) const
    {
        if (at > m_source.size() || count > m_source.size() - at)
            return std::optional<uint32_t>();
        std::array<std::byte, 4> bytes{};
        if (auto done = m_source.read(at, std::span(bytes).first(count)); !done)
            return done.error();
        uint32_t value = 0;
        for (size_t i = count; i-- > 0;)
            value = value << 8 | std::to_integer<uint32_t>(bytes[i]);
        return std::optional(value);
    }

private:
    const ByteSource &m_source;
};

/// Walks the frames of a zstd stream. Source: RFC 8878, sections 3.1.1 and 3.1.2.
class ZstdFrames
{
public:
    explicit ZstdFrames(const ByteSource &source) : m_source(source), m_reader(source) {}

    Result<std::vector<ByteRange>> run(const std::stop_token &stop)
    {
        while (m_at < m_source.size()) {
            const auto magic = m_reader.number(m_at, 4);
            if (!magic)
                return magic.error();
            Result<bool> whole = false;
            if (*magic == frameMagic)
                whole = passFrame(stop);
            else if (*magic && (**magic & skippableMask) == skippableMagic)
                whole = passSkippable();
            else
                add(m_source.size() - m_at);
            if (!whole)
                return whole.error();
            if (!*whole)
                break;
        }
        return std::move(m_found);
    }

private:
    static constexpr uint32_t frameMagic = 0xfd2fb528;
    static constexpr uint32_t skippableMagic = 0x184d2a50;
    static constexpr uint32_t skippableMask = 0xfffffff0;

    /// Takes `length` bytes from here for bytes that nobody sees.
    void add(uint64_t length)
    {
        m_found.push_back({m_at, std::min(length, m_source.size() - m_at)});
        m_at = m_found.back().end();
    }

    Result<bool> passSkippable()
    {
        const auto size = m_reader.number(m_at + 4, 4);
        if (!size)
            return size.error();
        add(*size ? uint64_t{8} + **size : m_source.size() - m_at);
        return true;
    }

    /// To the end of the frame; false if it is damaged.
    Result<bool> passFrame(const std::stop_token &stop)
    {
        const auto descriptor = m_reader.number(m_at + 4, 1);
        if (!descriptor)
            return descriptor.error();
        if (!*descriptor)
            return false;
        const uint32_t flags = **descriptor;
        const bool single = (flags & 0x20) != 0;
        const bool checksum = (flags & 0x04) != 0;
        constexpr std::array<uint64_t, 4> dictionaryBytes{0, 1, 2, 4};
        const std::array<uint64_t, 4> sizeBytes{single ? uint64_t{1} : 0, 2, 4, 8};
        uint64_t at = m_at + 5 + (single ? 0 : 1) + dictionaryBytes[flags & 3] + sizeBytes[flags >> 6];
        for (bool last = false; !last;) {
            if (stop.stop_requested())
                return Error{ErrorCode::Cancelled, "cancelled", m_source.name(), at};
            const auto block = m_reader.number(at, 3);
            if (!block)
                return block.error();
            if (!*block)
                return false;
            last = (**block & 1) != 0;
            constexpr uint32_t repeated = 1;
            constexpr uint32_t reserved = 3;
            const uint32_t kind = **block >> 1 & 3;
            if (kind == reserved)
                return false;
            at += 3 + (kind == repeated ? uint64_t{1} : **block >> 3);
        }
        m_at = at + (checksum ? 4 : 0);
        return true;
    }

    const ByteSource &m_source;
    HeaderReader m_reader;
    uint64_t m_at = 0;
    std::vector<ByteRange> m_found;
};

/// What the header of a gzip member that begins at `at` has beside its ten fixed bytes. Source: RFC 1952,
/// section 2.3.
Result<std::optional<ByteRange>> optionalHeader(const ByteSource &source, uint64_t at)
{
    constexpr uint32_t crc = 2;
    constexpr uint32_t extra = 4;
    constexpr uint32_t name = 8;
    constexpr uint32_t comment = 16;
    const HeaderReader reader(source);
    const auto flags = reader.number(at + 3, 1);
    if (!flags)
        return flags.error();
    if (!*flags || (**flags & (crc | extra | name | comment)) == 0)
        return std::optional<ByteRange>();
    const uint64_t begin = at + 10;
    uint64_t end = begin;
    if ((**flags & extra) != 0) {
        const auto length = reader.number(end, 2);
        if (!length)
            return length.error();
        end += 2 + length->value_or(0);
    }
    for (const uint32_t text : {name, comment}) {
        if ((**flags & text) == 0)
            continue;
        for (bool ended = false; !ended;) {
            const auto byte = reader.number(end, 1);
            if (!byte)
                return byte.error();
            ended = byte->value_or(0) == 0;
            ++end;
        }
    }
    if ((**flags & crc) != 0)
        end += 2;
    end = std::min(end, source.size());
    return begin < end ? std::optional(ByteRange{begin, end - begin}) : std::nullopt;
}

Result<std::vector<ByteRange>> inGzip(const ByteSource &source, std::stop_token stop)
{
    std::vector<ByteRange> found;
    const auto end = decodeGzip(
        source, [](std::span<const std::byte>) { return Result<void>(); }, nullptr, stop);
    if (!end)
        return end.error();
    for (const uint64_t member : end->members) {
        const auto more = optionalHeader(source, member);
        if (!more)
            return more.error();
        if (*more)
            found.push_back(**more);
    }
    if (end->behind)
        found.push_back({*end->behind, source.size() - *end->behind});
    return found;
}

/// Decoders stop at the end of the last stream: without its last byte it is cut short, if there is nothing
/// behind it.
Result<std::vector<ByteRange>> inBzip2(const ByteSource &source, const std::stop_token &stop)
{
    std::vector<ByteRange> found;
    if (source.size() == 0)
        return found;
    const std::shared_ptr<const ByteSource> borrowed(std::shared_ptr<const void>(), &source);
    const auto shorter = SliceSource::make(borrowed, {0, source.size() - 1}, source.name());
    if (!shorter)
        return shorter.error();
    const auto decoded = decodeStream(**shorter, Codec::Bzip2, source.name(),
                                      std::numeric_limits<uint64_t>::max(), nullptr, stop);
    if (!decoded)
        return decoded.error();
    if (!decoded->problem)
        found.push_back({source.size() - 1, 1});
    return found;
}

} // namespace

Result<std::vector<ByteRange>> bytesPassedOver(const ByteSource &source, Codec codec, std::stop_token stop)
{
    switch (codec) {
    case Codec::Zstd:
        return ZstdFrames(source).run(stop);
    case Codec::Gzip:
        return inGzip(source, std::move(stop));
    case Codec::Bzip2:
        return inBzip2(source, stop);
    case Codec::None:
    case Codec::Xz:
        break;
    }
    return std::vector<ByteRange>();
}

} // namespace cryoscope
