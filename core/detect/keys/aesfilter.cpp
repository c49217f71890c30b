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
#include <cstdint>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace cryoscope::HWY_NAMESPACE
{

namespace hn = hwy::HWY_NAMESPACE;

/// Of the words from `begin` on, `count` in number, adds the starts of those vectors in which a relation
/// holds somewhere. Eight words before and after what it is given can be read. Returns how many words it did.
size_t findAesVectors(const uint8_t *begin, size_t count, std::vector<size_t> &vectors)
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
        auto match = hn::Eq(sum, load(at - 16));
        match = hn::Or(match, hn::Eq(sum, load(at - 24)));
        match = hn::Or(match, hn::Eq(sum, load(at - 32)));
        match = hn::Or(match, hn::Eq(sum, load(at + 16)));
        match = hn::Or(match, hn::Eq(sum, load(at + 8)));
        match = hn::Or(match, hn::Eq(sum, load(at + 32)));
        match = hn::AndNot(hn::Eq(sum, hn::Zero(words)), match);
        if (HWY_UNLIKELY(!hn::AllFalse(words, match)))
            vectors.push_back(done);
    }
    return done;
}

/// Words in a vector.
size_t aesVectorWords()
{
    return hn::Lanes(hn::ScalableTag<uint32_t>());
}

} // namespace cryoscope::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cryoscope
{

HWY_EXPORT(findAesVectors);
HWY_EXPORT(aesVectorWords);

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
        std::vector<size_t> vectors;
        const auto *begin = reinterpret_cast<const uint8_t *>(bytes.data()) + at;
        const size_t done = HWY_DYNAMIC_DISPATCH(findAesVectors)(begin, (end - at) / 4, vectors);
        const size_t width = HWY_DYNAMIC_DISPATCH(aesVectorWords)();
        for (const size_t vector : vectors) {
            for (size_t i = 0; i < width; ++i)
                words.check(at + 4 * (vector + i), out);
        }
        at += 4 * done;
    }
    for (; at < to; at += 4)
        words.check(at, out);
}

} // namespace cryoscope
#endif
