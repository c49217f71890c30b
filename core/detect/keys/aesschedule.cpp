// SPDX-License-Identifier: Apache-2.0
#include "core/detect/keys/aesschedule.h"

#include <bit>
#include <cstring>
#include <vector>

namespace cryoscope
{

namespace
{

// Words here are numbers whose most significant byte is the first one of FIPS-197.

constexpr uint8_t times2(uint8_t x)
{
    return static_cast<uint8_t>((x << 1) ^ ((x & 0x80) != 0 ? 0x1b : 0));
}

/// FIPS-197, 5.1.1: the inverse in GF(2^8), then an affine map. 3 generates the field, 0xf6 is its inverse.
constexpr std::array<uint8_t, 256> makeSubstitution()
{
    const auto times0xf6 = [](uint8_t x) {
        uint8_t product = 0;
        for (uint8_t factor = 0xf6; factor != 0; factor = static_cast<uint8_t>(factor >> 1)) {
            if ((factor & 1) != 0)
                product = static_cast<uint8_t>(product ^ x);
            x = times2(x);
        }
        return product;
    };
    std::array<uint8_t, 256> box{};
    uint8_t power = 1;
    uint8_t inverse = 1;
    do {
        const auto turned = [inverse](int by) { return std::rotl(inverse, by); };
        box[power] = static_cast<uint8_t>(inverse ^ turned(1) ^ turned(2) ^ turned(3) ^ turned(4) ^ 0x63);
        power = static_cast<uint8_t>(power ^ times2(power));
        inverse = times0xf6(inverse);
    } while (power != 1);
    box[0] = 0x63;
    return box;
}

constexpr auto substitution = makeSubstitution();
static_assert(substitution[0x53] == 0xed && substitution[1] == 0x7c && substitution[0xff] == 0x16);

constexpr uint32_t substituted(uint32_t word)
{
    return uint32_t{substitution[word >> 24]} << 24 | uint32_t{substitution[(word >> 16) & 0xff]} << 16 |
           uint32_t{substitution[(word >> 8) & 0xff]} << 8 | uint32_t{substitution[word & 0xff]};
}

/// Four products with 2 in GF(2^8) at once.
constexpr uint32_t allTimes2(uint32_t word)
{
    return ((word & 0x7f7f7f7f) << 1) ^ (((word >> 7) & 0x01010101) * 0x1b);
}

constexpr uint32_t mixedColumn(uint32_t word)
{
    // 2a + 3b + c + d for each byte a, the others following in turn.
    const uint32_t twice = allTimes2(word);
    return twice ^ std::rotl(twice ^ word, 8) ^ std::rotl(word, 16) ^ std::rotl(word, 24);
}

constexpr uint32_t unmixedColumn(uint32_t word)
{
    // MixColumns has order four.
    return mixedColumn(mixedColumn(mixedColumn(word)));
}
static_assert(mixedColumn(0xdb135345) == 0x8e4da1bc && unmixedColumn(0x8e4da1bc) == 0xdb135345);

/// The next word of the expansion.
class Expansion
{
public:
    explicit Expansion(unsigned keyWords) : m_keyWords(keyWords) {}
    /// Word `i` (from keyWords on) from its two predecessors; ascending `i`.
    uint32_t next(unsigned i, uint32_t previous, uint32_t keyDistance)
    {
        if (i % m_keyWords == 0) {
            previous = substituted(std::rotl(previous, 8)) ^ (uint32_t{m_constant} << 24);
            m_constant = times2(m_constant);
        } else if (m_keyWords > 6 && i % m_keyWords == 4) {
            previous = substituted(previous);
        }
        return previous ^ keyDistance;
    }

private:
    unsigned m_keyWords;
    uint8_t m_constant = 1;
};

/// Words of a schedule in a layout, as FIPS-197 numbers them.
class Reader
{
public:
    Reader(const char *schedule, const AesLayout &layout)
        : m_schedule(schedule), m_layout(layout), m_last(layout.keyBits / 32 + 6)
    {
    }

    [[nodiscard]] uint32_t word(unsigned i) const
    {
        uint32_t word = 0;
        std::memcpy(&word, m_schedule + offset(i), sizeof word);
        if (m_layout.swappedWords == (std::endian::native == std::endian::big))
            word = __builtin_bswap32(word);
        return mixed(i) ? mixedColumn(word) : word;
    }
    /// Where word `i` lies, in bytes.
    [[nodiscard]] size_t offset(unsigned i) const
    {
        const unsigned round = i / 4;
        unsigned place = round;
        if (m_layout.rounds == AesLayout::Rounds::Reversed)
            place = m_last - round;
        else if (m_layout.rounds == AesLayout::Rounds::Rotated && round > 0)
            place = m_last + 1 - round;
        return 16 * place + 4 * (i % 4);
    }
    [[nodiscard]] bool mixed(unsigned i) const
    {
        return m_layout.inverseMixColumns && i / 4 > 0 && i / 4 < m_last;
    }

private:
    const char *m_schedule;
    AesLayout m_layout;
    unsigned m_last; ///< number of the last round
};

std::optional<AesSchedule> checkSchedule(std::string_view bytes, size_t begin, const AesLayout &layout)
{
    const unsigned keyWords = layout.keyBits / 32;
    const unsigned words = static_cast<unsigned>(aesScheduleSize(layout.keyBits) / 4);
    const Reader reader(bytes.data() + begin, layout);
    std::array<uint32_t, 60> all{};
    for (unsigned i = 0; i < keyWords; ++i)
        all[i] = reader.word(i);
    Expansion expansion(keyWords);
    for (unsigned i = keyWords; i < words; ++i) {
        all[i] = expansion.next(i, all[i - 1], all[i - keyWords]);
        if (all[i] != reader.word(i))
            return std::nullopt;
    }
    AesSchedule found{begin, layout, {}};
    for (unsigned i = 0; i < keyWords; ++i) {
        for (const int shift : {24, 16, 8, 0})
            found.key += static_cast<char>(all[i] >> shift);
    }
    return found;
}

} // namespace

std::string AesSchedule::describe() const
{
    std::string text = "AES-" + std::to_string(layout.keyBits);
    if (layout.swappedWords)
        text += ", words byte-swapped";
    if (layout.inverseMixColumns)
        text += ", for decryption (InvMixColumns applied)";
    if (layout.rounds == AesLayout::Rounds::Reversed)
        text += ", round keys in reverse order";
    else if (layout.rounds == AesLayout::Rounds::Rotated)
        text += ", round keys after the first in reverse order";
    return text;
}

std::optional<AesSchedule> confirmAesSchedule(std::string_view bytes, size_t at, int distance)
{
    using Rounds = AesLayout::Rounds;
    AesLayout layout;
    const bool forward = distance < 0;
    layout.keyBits = distance == -4 || distance == 4 ? 128 : distance == -8 || distance == 8 ? 256 : 192;
    const size_t size = aesScheduleSize(layout.keyBits);
    for (size_t back = 0; back + 4 <= size && back <= at; back += 4) {
        // The three words of a round key that the relation is about are its second to fourth; with 192 bits
        // rounds and keys are out of step.
        if (layout.keyBits != 192 && back % 16 != 4)
            continue;
        const size_t begin = at - back;
        if (bytes.size() - begin < size)
            continue;
        for (const Rounds rounds : {Rounds::Forward, Rounds::Reversed, Rounds::Rotated}) {
            if ((rounds == Rounds::Forward) != forward)
                continue;
            layout.rounds = rounds;
            for (const bool swapped : {false, true}) {
                layout.swappedWords = swapped;
                for (const bool inverse : {false, true}) {
                    layout.inverseMixColumns = inverse;
                    if (auto found = checkSchedule(bytes, begin, layout))
                        return found;
                }
            }
        }
    }
    return std::nullopt;
}

std::string expandAesKey(std::string_view key, const AesLayout &layout)
{
    const unsigned keyWords = layout.keyBits / 32;
    std::vector<uint32_t> words(aesScheduleSize(layout.keyBits) / 4);
    for (unsigned i = 0; i < keyWords; ++i) {
        for (unsigned byte = 0; byte < 4; ++byte)
            words[i] = words[i] << 8 | static_cast<uint8_t>(key.at(4 * i + byte));
    }
    Expansion expansion(keyWords);
    for (unsigned i = keyWords; i < words.size(); ++i)
        words[i] = expansion.next(i, words[i - 1], words[i - keyWords]);
    std::string out(4 * words.size(), '\0');
    const Reader places(out.data(), layout);
    for (unsigned i = 0; i < words.size(); ++i) {
        const uint32_t word = places.mixed(i) ? unmixedColumn(words[i]) : words[i];
        for (unsigned byte = 0; byte < 4; ++byte) {
            const unsigned shift = layout.swappedWords ? 8 * byte : 24 - 8 * byte;
            out[places.offset(i) + byte] = static_cast<char>(word >> shift);
        }
    }
    return out;
}

} // namespace cryoscope
