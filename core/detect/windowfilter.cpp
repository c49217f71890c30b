// SPDX-License-Identifier: Apache-2.0
#include "core/detect/windowfilter.h"

#include <algorithm>
#include <bit>

namespace cryoscope
{

namespace
{

constexpr size_t longLength = 8 + 8 - 1; // of a literal that is found at every eighth place
constexpr size_t bitsPerWindow = 16;     // three of them are set: one place in 200 is looked at in vain
constexpr unsigned maxFilterBits = 21;   // 256 KB: more would not stay in a core's cache
constexpr unsigned minFilterBits = 12;

} // namespace

bool WindowFilter::add(std::string_view literal, size_t id)
{
    if (literal.size() < minLength || literal.size() > UINT32_MAX || m_literals.size() == UINT32_MAX)
        return false;
    const auto first = literal.substr(0, minLength);
    if (std::all_of(first.begin(), first.end(), [&](char c) { return c == first.front(); }))
        return false;
    if (literal.size() < longLength)
        m_step = 4;
    m_literals.push_back({std::string(literal), id});
    return true;
}

void WindowFilter::prepare()
{
    for (size_t i = 0; i < m_literals.size(); ++i) {
        for (size_t offset = 0; offset < m_step; ++offset)
            m_entries.push_back({windowAt(m_literals[i].bytes.data() + offset), static_cast<uint32_t>(i),
                                 static_cast<uint32_t>(offset)});
    }
    const auto wanted = static_cast<unsigned>(std::bit_width(m_entries.size() * bitsPerWindow));
    const unsigned bits = std::clamp(wanted, minFilterBits, maxFilterBits);
    m_bitShift = 64 - (bits - 6);
    m_bits.assign(size_t{1} << (bits - 6), 0);
    const unsigned startBits = std::max(1u, static_cast<unsigned>(std::bit_width(m_entries.size())));
    m_startShift = 64 - startBits;
    std::sort(m_entries.begin(), m_entries.end(), [](const Entry &a, const Entry &b) {
        const uint64_t one = hashOf(a.window);
        const uint64_t other = hashOf(b.window);
        return one != other ? one < other : a.literal < b.literal;
    });
    m_starts.assign((size_t{1} << startBits) + 1, 0);
    for (const Entry &entry : m_entries) {
        const uint64_t hash = hashOf(entry.window);
        m_bits[hash >> m_bitShift] |= bitsOf(hash);
        ++m_starts[(hash >> m_startShift) + 1];
    }
    for (size_t i = 1; i < m_starts.size(); ++i)
        m_starts[i] += m_starts[i - 1];
}

} // namespace cryoscope
