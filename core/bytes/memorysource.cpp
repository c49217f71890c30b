// SPDX-License-Identifier: Apache-2.0
#include "core/bytes/memorysource.h"

#include "core/base/checked.h"

#include <algorithm>
#include <cstring>

namespace cryoscope
{

namespace
{

bool allZero(std::span<const std::byte> bytes)
{
    return bytes.empty() || (bytes.front() == std::byte{0} &&
                             std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

} // namespace

void MemorySource::append(std::span<const std::byte> data)
{
    while (!data.empty()) {
        const size_t inChunk = m_size % chunkSize;
        if (inChunk == 0)
            m_chunks.emplace_back();
        const auto piece = data.first(std::min(data.size(), chunkSize - inChunk));
        auto &chunk = m_chunks.back();
        if (!chunk && !allZero(piece)) {
            chunk = std::make_unique<std::byte[]>(chunkSize); // zeroed
            m_resident += chunkSize;
        }
        if (chunk)
            std::memcpy(chunk.get() + inChunk, piece.data(), piece.size());
        m_size += piece.size();
        data = data.subspan(piece.size());
    }
}

Result<void> MemorySource::read(uint64_t offset, std::span<std::byte> out) const
{
    if (!inBounds(offset, out.size(), m_size))
        return outOfRange(offset, out.size());
    for (size_t done = 0; done < out.size();) {
        const uint64_t at = offset + done;
        const size_t inChunk = at % chunkSize;
        const size_t length = std::min(out.size() - done, chunkSize - inChunk);
        if (const auto &chunk = m_chunks[at / chunkSize])
            std::memcpy(out.data() + done, chunk.get() + inChunk, length);
        else
            std::memset(out.data() + done, 0, length);
        done += length;
    }
    return {};
}

uint64_t MemorySource::nextData(uint64_t offset) const
{
    while (offset < m_size && !m_chunks[offset / chunkSize])
        offset = (offset / chunkSize + 1) * chunkSize;
    return std::min(offset, m_size);
}

} // namespace cryoscope
