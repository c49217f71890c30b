// SPDX-License-Identifier: Apache-2.0
#include "core/detect/widetext.h"

#include "core/detect/bytescan.h"
#include "core/detect/charset.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace cryoscope
{

namespace
{

constexpr size_t minCharacters = 3; // the block test is stricter
constexpr size_t maxForeign = 8;    // characters beyond ASCII between two that are ASCII
constexpr char foreign = '\xbf';

/// The narrow form of a character; '\0' if it is none of text.
constexpr char narrowed(uint32_t c)
{
    if ((c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r' || c == '\t')
        return static_cast<char>(c);
    if (c < 0xa0 || c > 0x10ffff || c == 0xffff || c == 0xfffe)
        return '\0';
    return foreign;
}

/// Reads characters of one form at any position.
template <Encoding encoding> class Reader
{
public:
    static constexpr bool four = encoding == Encoding::Utf32Le || encoding == Encoding::Utf32Be;
    static constexpr size_t width = four ? 4 : 2;

    explicit Reader(std::string_view bytes) : m_bytes(bytes) {}
    [[nodiscard]] bool has(size_t at, size_t count = 1) const
    {
        return at <= m_bytes.size() && m_bytes.size() - at >= count * width;
    }
    [[nodiscard]] char narrow(size_t at) const
    {
        if constexpr (encoding == Encoding::Utf16Be)
            return narrowed((byte(at) << 8) | byte(at + 1));
        else if constexpr (encoding == Encoding::Utf32Le)
            return narrowed(byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24));
        else if constexpr (encoding == Encoding::Utf32Be)
            return narrowed((byte(at) << 24) | (byte(at + 1) << 16) | (byte(at + 2) << 8) | byte(at + 3));
        else
            return narrowed(byte(at) | (byte(at + 1) << 8));
    }

    /// Four characters of UTF-16 at once, if all are printable ASCII.
    bool narrowFour(size_t at, char *out) const
    {
        static_assert(std::endian::native == std::endian::little);
        uint64_t units = 0;
        std::memcpy(&units, m_bytes.data() + at, sizeof units);
        if constexpr (encoding == Encoding::Utf16Be) {
            constexpr uint64_t low = 0x00ff00ff00ff00ff;
            units = ((units & low) << 8) | ((units >> 8) & low);
        }
        constexpr uint64_t ones = 0x0001000100010001;
        constexpr uint64_t tops = 0x0080 * ones;
        const bool ascii = (units & (0xff80 * ones)) == 0;
        const bool noDelete = ((units + ones) & tops) == 0;
        const bool noControl = (((units | tops) - 0x20 * ones) & tops) == tops;
        if (!ascii || !noDelete || !noControl)
            return false;
        const uint64_t pairs = units | units >> 8; // bytes 0, 1 and 4, 5
        const auto packed = static_cast<uint32_t>((pairs & 0xffff) | (pairs >> 16 & 0xffff0000));
        std::memcpy(out, &packed, sizeof packed);
        return true;
    }

private:
    [[nodiscard]] uint32_t byte(size_t at) const { return static_cast<unsigned char>(m_bytes[at]); }

    std::string_view m_bytes;
};

template <Encoding encoding> bool fits(std::string_view bytes, size_t at)
{
    const Reader<encoding> reader(bytes);
    if (!reader.has(at, minCharacters))
        return false;
    for (size_t i = 0; i < minCharacters; ++i) {
        const char c = reader.narrow(at + i * reader.width);
        if (c == '\0' || c == foreign)
            return false;
    }
    return true;
}

} // namespace

void WideTexts::clear()
{
    m_narrow.clear();
    m_stretches.clear();
}

std::string_view WideTexts::text(const WideText &stretch) const
{
    return std::string_view(m_narrow).substr(stretch.narrowBegin, stretch.narrowSize);
}

const WideText &WideTexts::at(size_t at) const
{
    return *std::prev(
        std::upper_bound(m_stretches.begin(), m_stretches.end(), at,
                         [](size_t wanted, const WideText &text) { return wanted < text.narrowBegin; }));
}

class WideTextFinder
{
public:
    WideTextFinder(std::string_view bytes, uint64_t address, WideTexts &out)
        : m_bytes(bytes), m_address(address), m_out(out)
    {
    }

    void run(size_t from, size_t to)
    {
        std::vector<size_t> blocks;
        findWideBlocks(m_bytes, from, to, blocks);
        size_t next = 0; // everything before belongs to a stretch, or to none
        for (const size_t block : blocks) {
            const size_t end = std::min(block + scanBlock, to);
            for (size_t at = std::max(block, next); at < end;) {
                if (fits<Encoding::Utf32Le>(m_bytes, at))
                    next = addUtf32(at);
                else if (fits<Encoding::Utf16Le>(m_bytes, at))
                    next = addUtf16(at);
                else
                    next = at + 1;
                at = std::max(next, at + 1);
            }
        }
    }

private:
    size_t addUtf16(size_t at)
    {
        const size_t little = add<Encoding::Utf16Le>(at);
        if (!fits<Encoding::Utf16Be>(m_bytes, at + 1))
            return little;
        const WideText one = m_out.m_stretches.back();
        const size_t big = add<Encoding::Utf16Be>(at + 1);
        return keepBetter(one, little, big);
    }

    /// The zeros of a big-endian character stand before it, so that all but the last look little-endian.
    size_t addUtf32(size_t at)
    {
        const size_t little = add<Encoding::Utf32Le>(at);
        constexpr size_t zeros = 3;
        if (at < zeros || !fits<Encoding::Utf32Be>(m_bytes, at - zeros))
            return little;
        const WideText one = m_out.m_stretches.back();
        const size_t big = add<Encoding::Utf32Be>(at - zeros);
        return keepBetter(one, little, big);
    }

    /// Both orders fit: of the last stretch and `one` before it the shorter goes again; of equally long ones
    /// the last stays if only it stands as memory aligns it. Returns the end of that which stays.
    size_t keepBetter(const WideText &one, size_t endOfOne, size_t endOfLast)
    {
        const WideText other = m_out.m_stretches.back();
        const bool aligned = (m_address + other.begin) % other.stride == 0;
        const bool better =
            other.narrowSize > one.narrowSize || (other.narrowSize == one.narrowSize && aligned);
        m_out.m_stretches.pop_back();
        if (better) {
            m_out.m_narrow.erase(one.narrowBegin, other.narrowBegin - one.narrowBegin);
            m_out.m_stretches.back() = other;
            m_out.m_stretches.back().narrowBegin = one.narrowBegin;
            return endOfLast;
        }
        m_out.m_narrow.resize(other.narrowBegin);
        return endOfOne;
    }

    /// Adds the stretch around `at`, where an ASCII character stands; returns where it ends.
    template <Encoding encoding> size_t add(size_t at)
    {
        const Reader<encoding> reader(m_bytes);
        constexpr size_t width = reader.width;
        // Backwards to its begin: what is beyond ASCII belongs to it only between ASCII characters.
        size_t begin = at;
        size_t run = 0;
        for (size_t i = at; i >= width;) {
            i -= width;
            const char c = reader.narrow(i);
            if (c == '\0' || (c == foreign && ++run > maxForeign))
                break;
            if (c != foreign) {
                begin = i;
                run = 0;
            }
        }
        std::string &narrow = m_out.m_narrow;
        const size_t narrowBegin = narrow.size();
        run = 0;
        size_t kept = narrowBegin;
        for (size_t i = begin; reader.has(i);) {
            if constexpr (width == 2) {
                char four[4];
                if (reader.has(i, 4) && reader.narrowFour(i, four)) {
                    narrow.append(four, sizeof four);
                    run = 0;
                    kept = narrow.size();
                    i += 4 * width;
                    continue;
                }
            }
            const char c = reader.narrow(i);
            if (c == '\0' || (c == foreign && ++run > maxForeign))
                break;
            narrow += c;
            if (c != foreign) {
                run = 0;
                kept = narrow.size();
            }
            i += width;
        }
        narrow.resize(kept);
        narrow += '\0';
        const size_t size = kept - narrowBegin;
        m_out.m_stretches.push_back({encoding, begin, width, narrowBegin, size});
        return begin + width * size;
    }

    std::string_view m_bytes;
    uint64_t m_address; ///< of the first byte
    WideTexts &m_out;
};

void findWideText(std::string_view bytes, size_t from, size_t to, uint64_t address, WideTexts &out)
{
    WideTextFinder(bytes, address, out).run(from, to);
}

} // namespace cryoscope
