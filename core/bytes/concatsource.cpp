// SPDX-License-Identifier: Apache-2.0
#include "core/bytes/concatsource.h"

#include "core/base/checked.h"

#include <algorithm>

namespace cryoscope
{

Result<void> ConcatSource::add(std::shared_ptr<const ByteSource> source, ByteRange range)
{
    const auto end = checkedAdd(m_size, range.length);
    if (!inBounds(range.offset, range.length, source->size()) || !end)
        return Error{ErrorCode::InputMalformed, "a part reaches beyond its source", m_name, range.offset};
    if (range.empty())
        return {};
    m_parts.push_back({m_size, std::move(source), range});
    m_size = *end;
    return {};
}

Result<void> ConcatSource::read(uint64_t offset, std::span<std::byte> out) const
{
    if (!inBounds(offset, out.size(), m_size))
        return outOfRange(offset, out.size());
    auto part = std::upper_bound(m_parts.begin(), m_parts.end(), offset,
                                 [](uint64_t at, const Part &p) { return at < p.start; });
    while (!out.empty()) {
        const Part &from = *std::prev(part);
        const uint64_t skip = offset - from.start;
        const size_t length = std::min<uint64_t>(out.size(), from.range.length - skip);
        if (auto done = from.source->read(from.range.offset + skip, out.first(length)); !done)
            return done;
        out = out.subspan(length);
        offset += length;
        ++part;
    }
    return {};
}

} // namespace cryoscope
