// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// Finds many long literals at once, faster than their number would suggest: looks at eight bytes at every
/// eighth place only (at every fourth, if some literal is shorter than 15 bytes), and closer only if some
/// literal has these eight bytes: each is known by its first eight (four) windows of eight bytes. Immutable
/// once prepared; thread-safe.
class WindowFilter
{
public:
    /// Shorter literals cannot be found; bytes.
    static constexpr size_t minLength = 8 + 4 - 1;

    /// Adds a literal; `id` is the caller's. False if it is too short, or begins with so many equal bytes
    /// that it would be looked at all the time.
    bool add(std::string_view literal, size_t id);
    /// To be called once, after the last add().
    void prepare();
    [[nodiscard]] bool empty() const { return m_literals.empty(); }

    /// Calls `match(id, offset)` once for each place of each literal in `text`, in no particular order.
    template <class Match> void search(std::string_view text, const Match &match) const
    {
        if (m_literals.empty())
            return;
        for (size_t at = 0; at + 8 <= text.size(); at += m_step) {
            const uint64_t window = windowAt(text.data() + at);
            const uint64_t hash = hashOf(window);
            const uint64_t wanted = bitsOf(hash);
            if ((m_bits[hash >> m_bitShift] & wanted) == wanted)
                look(text, at, window, hash, match);
        }
    }

private:
    struct Entry {
        uint64_t window = 0;
        uint32_t literal = 0;
        uint32_t offset = 0; ///< of the window in the literal
    };
    struct Known {
        std::string bytes;
        size_t id = 0;
    };

    static uint64_t windowAt(const char *bytes)
    {
        uint64_t window = 0;
        __builtin_memcpy(&window, bytes, sizeof window);
        return window;
    }
    static uint64_t hashOf(uint64_t window)
    {
        // Multiplication spreads upwards only, so the upper half is brought down first.
        const uint64_t product = (window ^ window >> 29) * 0x9e3779b97f4a7c15;
        return product ^ product >> 32; // the lower bits count as well
    }

    /// Three bits of one word: few words are touched, and few windows have all three by chance.
    static uint64_t bitsOf(uint64_t hash)
    {
        return uint64_t{1} << (hash & 63) | uint64_t{1} << (hash >> 6 & 63) |
               uint64_t{1} << (hash >> 12 & 63);
    }

    template <class Match>
    void look(std::string_view text, size_t at, uint64_t window, uint64_t hash, const Match &match) const
    {
        for (size_t i = m_starts[hash >> m_startShift]; i < m_starts[(hash >> m_startShift) + 1]; ++i) {
            const Entry &entry = m_entries[i];
            if (entry.window != window || at < entry.offset)
                continue;
            const Known &known = m_literals[entry.literal];
            const size_t begin = at - entry.offset;
            if (text.compare(begin, known.bytes.size(), known.bytes) == 0)
                match(known.id, begin);
        }
    }

    std::vector<Known> m_literals;
    std::vector<Entry> m_entries;   ///< by hash
    std::vector<uint32_t> m_starts; ///< in m_entries, by the upper bits of the hash
    std::vector<uint64_t> m_bits;   ///< which upper bits of hashes there are
    unsigned m_startShift = 63;
    unsigned m_bitShift = 63; ///< of the word in m_bits
    size_t m_step = 8;        ///< bytes between places
};

} // namespace cryoscope
