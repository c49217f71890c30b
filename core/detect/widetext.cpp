// SPDX-License-Identifier: Apache-2.0
#include "core/detect/widetext.h"

#include "core/detect/bytescan.h"
#include "core/detect/charset.h"

#include <algorithm>
#include <cstdint>

namespace cryoscope
{

namespace
{

constexpr size_t minCharacters = 3; // the block test is stricter
constexpr size_t maxForeign = 8;    // characters beyond ASCII between two that are ASCII
constexpr char foreign = '\xbf';

/// Reads characters of one form at any position.
class Reader
{
public:
    Reader(std::string_view bytes, Encoding encoding)
        : m_bytes(bytes), m_encoding(encoding), m_width(encoding == Encoding::Utf32Le ? 4 : 2)
    {
    }
    [[nodiscard]] size_t width() const { return m_width; }
    [[nodiscard]] bool has(size_t at) const { return at <= m_bytes.size() && m_width <= m_bytes.size() - at; }

    /// '\0' if there is no character of text.
    [[nodiscard]] char narrow(size_t at) const
    {
        const uint32_t c = unit(at);
        if ((c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r' || c == '\t')
            return static_cast<char>(c);
        if (c < 0xa0 || c > 0x10ffff || c == 0xffff || c == 0xfffe)
            return '\0';
        return foreign;
    }

private:
    [[nodiscard]] uint32_t byte(size_t at) const { return static_cast<unsigned char>(m_bytes[at]); }
    [[nodiscard]] uint32_t unit(size_t at) const
    {
        switch (m_encoding) {
        case Encoding::Utf16Be:
            return (byte(at) << 8) | byte(at + 1);
        case Encoding::Utf32Le:
            return byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24);
        default:
            return byte(at) | (byte(at + 1) << 8);
        }
    }

    std::string_view m_bytes;
    Encoding m_encoding;
    size_t m_width;
};

/// The stretch around `at`, where an ASCII character stands; nothing if it is too short.
WideText stretch(std::string_view bytes, size_t at, Encoding encoding)
{
    const Reader reader(bytes, encoding);
    const size_t width = reader.width();
    WideText text;
    text.encoding = encoding;
    text.stride = width;
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
    text.begin = begin;
    run = 0;
    size_t kept = 0;
    for (size_t i = begin; reader.has(i); i += width) {
        const char c = reader.narrow(i);
        if (c == '\0' || (c == foreign && ++run > maxForeign))
            break;
        text.narrow += c;
        if (c != foreign) {
            run = 0;
            kept = text.narrow.size();
        }
    }
    text.narrow.resize(kept);
    return text;
}

bool fits(std::string_view bytes, size_t at, Encoding encoding)
{
    const Reader reader(bytes, encoding);
    for (size_t i = 0; i < minCharacters; ++i) {
        const size_t place = at + i * reader.width();
        if (!reader.has(place))
            return false;
        const char c = reader.narrow(place);
        if (c == '\0' || c == foreign)
            return false;
    }
    return true;
}

} // namespace

void findWideText(std::string_view bytes, size_t from, size_t to, bool oddStart, std::vector<WideText> &out)
{
    std::vector<size_t> blocks;
    findWideBlocks(bytes, from, to, blocks);
    size_t next = 0; // everything before belongs to a stretch, or to none
    for (const size_t block : blocks) {
        for (size_t at = std::max(block, next); at < std::min(block + scanBlock, to); ++at) {
            if (fits(bytes, at, Encoding::Utf32Le)) {
                out.push_back(stretch(bytes, at, Encoding::Utf32Le));
                next = out.back().begin + 4 * out.back().narrow.size();
            } else if (fits(bytes, at, Encoding::Utf16Le)) {
                WideText little = stretch(bytes, at, Encoding::Utf16Le);
                if (fits(bytes, at + 1, Encoding::Utf16Be)) {
                    WideText big = stretch(bytes, at + 1, Encoding::Utf16Be);
                    const bool aligned = (big.begin + (oddStart ? 1 : 0)) % 2 == 0;
                    if (big.narrow.size() > little.narrow.size() ||
                        (big.narrow.size() == little.narrow.size() && aligned))
                        little = std::move(big);
                }
                out.push_back(std::move(little));
                next = out.back().begin + 2 * out.back().narrow.size();
            } else {
                continue;
            }
            at = std::max(next, at + 1) - 1;
        }
    }
}

} // namespace cryoscope
