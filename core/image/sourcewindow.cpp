// SPDX-License-Identifier: Apache-2.0
#include "core/image/sourcewindow.h"

#include "core/base/byterange.h"
#include "core/base/checked.h"

#include <algorithm>
#include <cassert>

namespace cryoscope
{

Result<void> SourceWindow::cover(uint64_t offset, size_t length)
{
    if (ByteRange{m_offset, m_buffer.size()}.contains(ByteRange{offset, length}) && !m_buffer.empty())
        return {};
    m_buffer.resize(
        static_cast<size_t>(std::min<uint64_t>(std::max(windowSize, length), m_source.size() - offset)));
    m_offset = offset;
    auto done = m_source.read(offset, m_buffer);
    if (!done)
        m_buffer.clear();
    return done;
}

Result<std::span<const std::byte>> SourceWindow::at(uint64_t offset, size_t length)
{
    assert(length <= maxPiece);
    if (!inBounds(offset, length, m_source.size()))
        return Error{ErrorCode::InputMalformed,
                     "needs " + std::to_string(length) + " bytes, but the content ends at " +
                         std::to_string(m_source.size()),
                     m_source.name(), offset};
    if (length == 0)
        return std::span<const std::byte>{};
    if (auto done = cover(offset, length); !done)
        return done.error();
    return std::span<const std::byte>(m_buffer).subspan(static_cast<size_t>(offset - m_offset), length);
}

Result<std::vector<std::byte>> SourceWindow::copy(uint64_t offset, uint64_t length)
{
    if (length == 0 || length > windowSize || !inBounds(offset, length, m_source.size()))
        return m_source.readAll(offset, length);
    if (auto done = cover(offset, static_cast<size_t>(length)); !done)
        return done.error();
    const auto begin = m_buffer.begin() + static_cast<std::ptrdiff_t>(offset - m_offset);
    return std::vector<std::byte>(begin, begin + static_cast<std::ptrdiff_t>(length));
}

} // namespace cryoscope
