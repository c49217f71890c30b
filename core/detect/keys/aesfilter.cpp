// SPDX-License-Identifier: Apache-2.0
// Compiled once per vector width: Highway includes this file for each target and picks one at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/detect/keys/aesfilter.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h
#include <hwy/highway.h>

#include "core/detect/keys/aesfilter.h"
#include "core/detect/keys/aesschedule.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace cryoscope::HWY_NAMESPACE
{

namespace hn = hwy::HWY_NAMESPACE;

/// A bit for each lane, the first lowest.
template <class Tag, class Mask> HWY_INLINE uint64_t bitsOf(Tag tag, Mask mask)
{
    uint8_t bytes[8] = {};
    hn::StoreMaskBits(tag, mask, bytes);
    uint64_t bits = 0;
    std::memcpy(&bits, bytes, sizeof bits);
    return bits;
}

/// Of the words from `begin` on, `count` in number, adds those at which a relation holds as at the next word
/// (which is not known of the last word of a vector). Eight words before and after what it is given can be
/// read. Returns how many words it did.
size_t findAesVectors(const uint8_t *begin, size_t count, std::vector<size_t> &found)
{
    const hn::ScalableTag<uint32_t> words;
    const size_t lanes = hn::Lanes(words);
    // LoadU takes any alignment, and reads through types that may alias.
    const auto load = [&](const uint8_t *at)
                          HWY_ATTR { return hn::LoadU(words, reinterpret_cast<const uint32_t *>(at)); };
    size_t done = 0;
    for (; done + lanes <= count; done += lanes) {
        const uint8_t *at = begin + 4 * done;
        const auto sum = hn::Xor(load(at), load(at - 4));
        const auto isZero = hn::Eq(sum, hn::Zero(words));
        auto any = hn::Eq(sum, load(at - 16));
        any = hn::Or(any, hn::Eq(sum, load(at - 24)));
        any = hn::Or(any, hn::Eq(sum, load(at - 32)));
        any = hn::Or(any, hn::Eq(sum, load(at + 16)));
        any = hn::Or(any, hn::Eq(sum, load(at + 8)));
        any = hn::Or(any, hn::Eq(sum, load(at + 32)));
        if (HWY_LIKELY(hn::AllFalse(words, hn::AndNot(isZero, any))))
            continue;
        // Tables and counters look like that all the time, but seldom twice in a row.
        uint64_t starts = 0;
        for (const ptrdiff_t other : {-16, -24, -32, 16, 8, 32}) {
            const uint64_t holds = bitsOf(words, hn::AndNot(isZero, hn::Eq(sum, load(at + other))));
            starts |= holds & (holds >> 1 | uint64_t{1} << (lanes - 1));
        }
        for (; starts != 0; starts &= starts - 1)
            found.push_back(done + static_cast<size_t>(std::countr_zero(starts)));
    }
    return done;
}

} // namespace cryoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cryoscope
{

HWY_EXPORT(findAesVectors);

namespace
{

constexpr size_t margin = 32; // bytes that a vector reads before and after its words

class Words
{
public:
    explicit Words(std::string_view bytes) : m_bytes(bytes) {}

    /// The candidates at one word.
    void check(size_t at, std::vector<AesCandidate> &out) const
    {
        for (const int distance : aesDistances) {
            const int inTurn = distance == 2 ? 2 : 3;
            bool all = true;
            for (int i = 0; all && i < inTurn; ++i)
                all = holds(at + 4 * static_cast<size_t>(i), distance);
            if (all)
                out.push_back({at, distance});
        }
    }

private:
    [[nodiscard]] bool holds(size_t at, int distance) const
    {
        const size_t back = distance < 0 ? 4 * static_cast<size_t>(-distance) : 4;
        const size_t after = distance > 0 ? 4 * static_cast<size_t>(distance) : 0;
        if (at < back || at > m_bytes.size() || m_bytes.size() - at < after + 4)
            return false;
        const uint32_t own = word(at);
        const uint32_t before = word(at - 4);
        const uint32_t other = word(distance < 0 ? at - back : at + after);
        return (own ^ before) == other && own != 0 && before != 0 && other != 0;
    }
    [[nodiscard]] uint32_t word(size_t at) const
    {
        uint32_t word = 0;
        std::memcpy(&word, m_bytes.data() + at, sizeof word);
        return word;
    }

    std::string_view m_bytes;
};

} // namespace

void findAesCandidates(std::string_view bytes, size_t from, size_t to, std::vector<AesCandidate> &out)
{
    const Words words(bytes);
    size_t at = from;
    for (; at < to && at < margin; at += 4)
        words.check(at, out);
    const size_t end = bytes.size() < margin ? 0 : std::min(to, bytes.size() - margin);
    if (at < end) {
        std::vector<size_t> found;
        const auto *begin = reinterpret_cast<const uint8_t *>(bytes.data()) + at;
        const size_t done = HWY_DYNAMIC_DISPATCH(findAesVectors)(begin, (end - at) / 4, found);
        for (const size_t word : found)
            words.check(at + 4 * word, out);
        at += 4 * done;
    }
    for (; at < to; at += 4)
        words.check(at, out);
}

} // namespace cryoscope
#endif
