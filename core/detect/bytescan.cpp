// SPDX-License-Identifier: Apache-2.0
// Compiled once per vector width: Highway includes this file for each target and picks one at run time. Each
// block of 64 bytes becomes a word of bits, one a byte; runs are then found in words.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/detect/bytescan.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h
#include <hwy/highway.h>

#include "core/detect/bytescan.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace cryoscope::HWY_NAMESPACE
{

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR
using Bytes = hn::CappedTag<uint8_t, 1>;
#else
using Bytes = hn::CappedTag<uint8_t, scanBlock>;
#endif

/// A bit for each of 64 bytes that `test` (of a vector) holds for.
template <class Test> HWY_INLINE uint64_t bitsOf(const uint8_t *at, const Test &test)
{
    const Bytes d;
    const size_t lanes = hn::Lanes(d);
    uint64_t bits = 0;
    for (size_t i = 0; i < scanBlock; i += lanes) {
        uint8_t stored[8] = {};
        hn::StoreMaskBits(d, test(hn::LoadU(d, at + i)), stored);
        uint64_t part = 0;
        std::memcpy(&part, stored, sizeof part);
        bits |= part << i;
    }
    return bits;
}

HWY_INLINE uint64_t textBits(const uint8_t *at)
{
    const Bytes d;
    return bitsOf(at, [d](auto v) HWY_ATTR {
        return hn::Lt(hn::Sub(v, hn::Set(d, uint8_t{0x20})), hn::Set(d, uint8_t{0x5f}));
    });
}

HWY_INLINE uint64_t equalBits(const uint8_t *at, uint8_t value)
{
    const Bytes d;
    return bitsOf(at, [d, value](auto v) HWY_ATTR { return hn::Eq(v, hn::Set(d, value)); });
}

HWY_INLINE uint64_t tokenBits(const uint8_t *at)
{
    const Bytes d;
#if HWY_TARGET == HWY_SCALAR
    return bitsOf(at, [d](auto v) HWY_ATTR {
        const auto in = [&](auto x, uint8_t from, uint8_t count)
                            HWY_ATTR { return hn::Lt(hn::Sub(x, hn::Set(d, from)), hn::Set(d, count)); };
        const auto is = [&](char c) HWY_ATTR { return hn::Eq(v, hn::Set(d, static_cast<uint8_t>(c))); };
        const auto letter = in(hn::Or(v, hn::Set(d, uint8_t{0x20})), 'a', 26);
        const auto marks = hn::Or(hn::Or(is('+'), is('-')), hn::Or(is('_'), is('=')));
        return hn::Or(hn::Or(letter, in(v, '/', 11)), marks);
    });
#else
    // A byte is one of them if its halves have a bit in common: 1 for + - /, 2 for 0-9 and =, 4 for A-O and
    // a-o, 8 for P-Z and _, 16 for p-z.
    alignas(16) static constexpr uint8_t low[16] = {26, 30, 30, 30, 30, 30, 30, 30,
                                                    30, 30, 28, 5,  4,  7,  4,  13};
    alignas(16) static constexpr uint8_t high[16] = {0, 0, 1, 2, 4, 8, 4, 16, 0, 0, 0, 0, 0, 0, 0, 0};
    const auto lows = hn::LoadDup128(d, low);
    const auto highs = hn::LoadDup128(d, high);
    return bitsOf(at, [d, lows, highs](auto v) HWY_ATTR {
        const auto one = hn::TableLookupBytes(lows, hn::And(v, hn::Set(d, uint8_t{0x0f})));
        const auto two = hn::TableLookupBytes(highs, hn::ShiftRight<4>(v));
        return hn::Ne(hn::And(one, two), hn::Zero(d));
    });
#endif
}

/// The bits from `by` on, those of the next block behind them.
HWY_INLINE uint64_t shifted(uint64_t bits, uint64_t next, unsigned by)
{
    return bits >> by | next << (64 - by);
}

/// Calls `visit(at)` for blocks of [from, to); `bitsAt` gives a block's bits, also of the one after the last.
template <class Bits, class BitsAt, class Visit>
HWY_INLINE void eachBlock(const uint8_t *bytes, size_t size, size_t from, size_t to, const BitsAt &bitsAt,
                          const Visit &visit)
{
    const auto load = [&](size_t at) HWY_ATTR {
        if (at + scanBlock <= size)
            return bitsAt(bytes + at);
        std::array<uint8_t, scanBlock> last{}; // as if zeros followed
        if (at < size)
            std::memcpy(last.data(), bytes + at, size - at);
        return bitsAt(last.data());
    };
    Bits bits = load(from);
    for (size_t at = from; at < to; at += scanBlock) {
        const Bits next = load(at + scanBlock);
        visit(at, bits, next);
        bits = next;
    }
}

void tokenBlocks(const uint8_t *bytes, size_t size, size_t from, size_t to, std::vector<size_t> &blocks)
{
    eachBlock<uint64_t>(
        bytes, size, from, to, [](const uint8_t *at) HWY_ATTR { return tokenBits(at); },
        [&blocks](size_t at, uint64_t bits, uint64_t next) HWY_ATTR {
            // Runs of two, four, eight, sixteen.
            for (unsigned length = 1; length < 16 && bits != 0; length *= 2) {
                bits &= shifted(bits, next, length);
                next &= next >> length;
            }
            if (bits != 0)
                blocks.push_back(at);
        });
}

struct WideBits {
    uint64_t text = 0;
    uint64_t zero = 0;
};

void wideBlocks(const uint8_t *bytes, size_t size, size_t from, size_t to, std::vector<size_t> &blocks)
{
    eachBlock<WideBits>(
        bytes, size, from, to,
        [](const uint8_t *at) HWY_ATTR {
            return WideBits{textBits(at), equalBits(at, 0)};
        },
        [&blocks](size_t at, WideBits bits, WideBits next) HWY_ATTR {
            // A character, then a zero byte: UTF-16LE, one byte aside UTF-16BE, and with two more zeros
            // UTF-32LE, three bytes aside UTF-32BE. Four in a row.
            uint64_t pair = bits.text & shifted(bits.zero, next.zero, 1);
            if (pair == 0)
                return;
            uint64_t nextPair = next.text & next.zero >> 1;
            uint64_t quad = pair & shifted(bits.zero, next.zero, 2) & shifted(bits.zero, next.zero, 3);
            uint64_t nextQuad = nextPair & next.zero >> 2 & next.zero >> 3;
            pair &= shifted(pair, nextPair, 2);
            nextPair &= nextPair >> 2;
            pair &= shifted(pair, nextPair, 4);
            quad &= shifted(quad, nextQuad, 4);
            nextQuad &= nextQuad >> 4;
            quad &= shifted(quad, nextQuad, 8);
            if ((pair | quad) != 0)
                blocks.push_back(at);
        });
}

void zlibBlocks(const uint8_t *bytes, size_t size, size_t from, size_t to, std::vector<size_t> &blocks)
{
    eachBlock<uint64_t>(
        bytes, size, from, to, [](const uint8_t *at) HWY_ATTR { return equalBits(at, 0x78); },
        [&blocks](size_t at, uint64_t bits, uint64_t) HWY_ATTR {
            if (bits != 0)
                blocks.push_back(at);
        });
}

} // namespace cryoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cryoscope
{

HWY_EXPORT(tokenBlocks);
HWY_EXPORT(wideBlocks);
HWY_EXPORT(zlibBlocks);

namespace
{

const uint8_t *data(std::string_view bytes)
{
    return reinterpret_cast<const uint8_t *>(bytes.data());
}

} // namespace

void findWideBlocks(std::string_view bytes, size_t from, size_t to, std::vector<size_t> &blocks)
{
    HWY_DYNAMIC_DISPATCH(wideBlocks)(data(bytes), bytes.size(), from, std::min(to, bytes.size()), blocks);
}

void findTokenBlocks(std::string_view bytes, size_t from, size_t to, std::vector<size_t> &blocks)
{
    HWY_DYNAMIC_DISPATCH(tokenBlocks)(data(bytes), bytes.size(), from, std::min(to, bytes.size()), blocks);
}

void findZlibHeaders(std::string_view bytes, size_t from, size_t to, std::vector<size_t> &offsets)
{
    std::vector<size_t> blocks;
    to = std::min(to, bytes.size());
    HWY_DYNAMIC_DISPATCH(zlibBlocks)(data(bytes), bytes.size(), from, to, blocks);
    for (const size_t block : blocks) {
        for (size_t at = block; at < std::min(block + scanBlock, to) && at + 1 < bytes.size(); ++at) {
            // RFC 1950: deflate, a window of 32 KB, one of four levels, a multiple of 31 together.
            const auto level = static_cast<unsigned char>(bytes[at + 1]);
            if (bytes[at] == 0x78 && (level == 0x01 || level == 0x5e || level == 0x9c || level == 0xda))
                offsets.push_back(at);
        }
    }
}

bool isAllZero(std::string_view bytes)
{
    // Overlapping comparison with itself, one byte aside: as fast as memcmp.
    return bytes.empty() ||
           (bytes.front() == '\0' && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

} // namespace cryoscope
#endif
