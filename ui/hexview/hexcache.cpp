// SPDX-License-Identifier: Apache-2.0
#include "ui/hexview/hexcache.h"

#include <algorithm>
#include <vector>

namespace cryoscope::ui
{

void HexCache::setDocument(HexDocument *document)
{
    m_document = document;
    m_chunks.clear();
}

HexCache::Byte HexCache::byte(size_t segment, uint64_t address)
{
    const HexSegment &range = m_document->segments()[segment];
    const uint64_t start = std::max(address / chunkBytes * chunkBytes, range.start);
    auto found = m_chunks.find(start);
    if (found == m_chunks.end()) {
        trim();
        found = m_chunks.insert(start, {});
        const uint64_t chunkEnd = (address / chunkBytes + 1) * chunkBytes; // 0 at the top of the address line
        const uint64_t left = range.start + range.length - start;
        m_document->fetch(start, chunkEnd == 0 ? left : std::min(left, chunkEnd - start));
    }
    found->used = ++m_clock;
    const uint64_t offset = address - start;
    if (found->state != State::Ready || offset >= static_cast<uint64_t>(found->bytes.size()))
        return {found->state == State::Ready ? State::Failed : found->state, 0};
    return {State::Ready, static_cast<uint8_t>(found->bytes.at(static_cast<qsizetype>(offset)))};
}

void HexCache::store(uint64_t start, const QByteArray &bytes)
{
    if (const auto found = m_chunks.find(start); found != m_chunks.end()) {
        found->state = State::Ready;
        found->bytes = bytes;
    }
}

void HexCache::fail(uint64_t start)
{
    if (const auto found = m_chunks.find(start); found != m_chunks.end())
        found->state = State::Failed;
}

void HexCache::trim()
{
    if (m_chunks.size() < maxChunks)
        return;
    std::vector<std::pair<uint64_t, quint64>> ages;
    for (auto chunk = m_chunks.cbegin(); chunk != m_chunks.cend(); ++chunk)
        ages.emplace_back(chunk->used, chunk.key());
    std::nth_element(ages.begin(), ages.begin() + maxChunks / 2, ages.end());
    for (size_t i = 0; i < maxChunks / 2; ++i)
        m_chunks.remove(ages[i].second);
}

} // namespace cryoscope::ui
