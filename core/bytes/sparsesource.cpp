// SPDX-License-Identifier: Apache-2.0
#include "core/bytes/sparsesource.h"

#include "core/base/checked.h"

#include <algorithm>
#include <cstring>

namespace cryoscope
{

Result<std::shared_ptr<const SparseSource>> SparseSource::make(std::shared_ptr<const ByteSource> stored,
                                                               std::vector<ByteRange> data, uint64_t size,
                                                               std::string name)
{
    const auto malformed = [&name](uint64_t offset) {
        return Error{ErrorCode::InputMalformed, "its stretches of data overlap or lie outside of it", name,
                     offset};
    };
    std::vector<Stretch> stretches;
    uint64_t end = 0; // in the file
    uint64_t at = 0;  // in what is stored
    for (const ByteRange &range : data) {
        if (range.offset < end || !inBounds(range.offset, range.length, size))
            return malformed(range.offset);
        end = range.end();
        if (range.empty())
            continue;
        const uint64_t held = std::min(range.length, stored->size() - at);
        if (held > 0)
            stretches.push_back({{range.offset, held}, at});
        at += held;
        if (held < range.length) {
            size = range.offset + held;
            break;
        }
    }
    if (at < stored->size())
        return Error{ErrorCode::InputMalformed, "more is stored than its stretches of data", std::move(name),
                     at};
    return std::shared_ptr<const SparseSource>(
        new SparseSource(std::move(stored), std::move(stretches), size, std::move(name)));
}

SparseSource::SparseSource(std::shared_ptr<const ByteSource> stored, std::vector<Stretch> stretches,
                           uint64_t size, std::string name)
    : m_stored(std::move(stored)), m_stretches(std::move(stretches)), m_size(size), m_name(std::move(name))
{
}

std::vector<SparseSource::Stretch>::const_iterator SparseSource::from(uint64_t offset) const
{
    return std::partition_point(m_stretches.begin(), m_stretches.end(),
                                [offset](const Stretch &stretch) { return stretch.range.end() <= offset; });
}

Result<void> SparseSource::read(uint64_t offset, std::span<std::byte> out) const
{
    if (!inBounds(offset, out.size(), m_size))
        return outOfRange(offset, out.size());
    if (out.empty())
        return {};
    std::memset(out.data(), 0, out.size());
    for (const auto &[part, stored] : storedParts({offset, out.size()})) {
        if (auto done = m_stored->read(stored, out.subspan(part.offset - offset, part.length)); !done)
            return done;
    }
    return {};
}

uint64_t SparseSource::nextData(uint64_t offset) const
{
    const auto stretch = from(offset);
    return stretch == m_stretches.end() ? m_size : std::max(offset, stretch->range.offset);
}

uint64_t SparseSource::nextHole(uint64_t offset) const
{
    for (auto stretch = from(offset); stretch != m_stretches.end() && stretch->range.offset <= offset;
         ++stretch)
        offset = stretch->range.end();
    return std::min(offset, m_size);
}

std::vector<ByteRange> SparseSource::data() const
{
    std::vector<ByteRange> all;
    for (const Stretch &stretch : m_stretches) {
        if (!all.empty() && all.back().end() == stretch.range.offset)
            all.back().length += stretch.range.length;
        else
            all.push_back(stretch.range);
    }
    return all;
}

std::vector<std::pair<ByteRange, uint64_t>> SparseSource::storedParts(ByteRange range) const
{
    std::vector<std::pair<ByteRange, uint64_t>> parts;
    for (auto stretch = from(range.offset);
         stretch != m_stretches.end() && stretch->range.offset < range.end(); ++stretch) {
        const ByteRange common = stretch->range.intersected(range);
        if (!common.empty())
            parts.emplace_back(common, stretch->stored + (common.offset - stretch->range.offset));
    }
    return parts;
}

std::vector<Patch> SparseSource::storedPatches(const std::vector<Patch> &patches) const
{
    std::vector<Patch> out;
    for (const Patch &patch : patches) {
        for (const auto &[part, stored] : storedParts(patch.range())) {
            out.push_back(patch.part(part));
            out.back().offset = stored;
        }
    }
    return out;
}

} // namespace cryoscope
