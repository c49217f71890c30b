// SPDX-License-Identifier: Apache-2.0
#include "core/bytes/slicesource.h"

#include "core/base/checked.h"

#include <algorithm>

namespace cryoscope
{

Result<std::shared_ptr<const SliceSource>> SliceSource::make(std::shared_ptr<const ByteSource> base,
                                                             ByteRange range, std::string name)
{
    if (!inBounds(range.offset, range.length, base->size()))
        return Error{ErrorCode::InputMalformed,
                     "needs " + std::to_string(range.length) + " bytes, but the content ends at " +
                         std::to_string(base->size()),
                     std::move(name), range.offset};
    return std::shared_ptr<const SliceSource>(new SliceSource(std::move(base), range, std::move(name)));
}

SliceSource::SliceSource(std::shared_ptr<const ByteSource> base, ByteRange range, std::string name)
    : m_base(std::move(base)), m_range(range), m_name(std::move(name))
{
}

Result<void> SliceSource::read(uint64_t offset, std::span<std::byte> out) const
{
    if (!inBounds(offset, out.size(), m_range.length))
        return outOfRange(offset, out.size());
    return m_base->read(m_range.offset + offset, out);
}

uint64_t SliceSource::nextData(uint64_t offset) const
{
    if (offset >= m_range.length)
        return m_range.length;
    return std::min(m_base->nextData(m_range.offset + offset), m_range.end()) - m_range.offset;
}

uint64_t SliceSource::nextHole(uint64_t offset) const
{
    if (offset >= m_range.length)
        return m_range.length;
    return std::min(m_base->nextHole(m_range.offset + offset), m_range.end()) - m_range.offset;
}

} // namespace cryoscope
