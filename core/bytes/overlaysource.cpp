// SPDX-License-Identifier: Apache-2.0
#include "core/bytes/overlaysource.h"

#include "core/base/checked.h"

#include <algorithm>

namespace cryoscope
{

Patch Patch::part(ByteRange wanted) const
{
    const ByteRange common = range().intersected(wanted);
    if (bytes.empty())
        return {common.offset, {}, common.length};
    const auto from = bytes.begin() + static_cast<ptrdiff_t>(common.offset - offset);
    return {common.offset, {from, from + static_cast<ptrdiff_t>(common.length)}, 0};
}

void Patch::lay(uint64_t start, std::span<std::byte> out) const
{
    const ByteRange common = range().intersected({start, out.size()});
    if (common.empty())
        return;
    const auto target = out.begin() + static_cast<ptrdiff_t>(common.offset - start);
    if (bytes.empty())
        std::fill_n(target, common.length, std::byte{0});
    else
        std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(common.offset - offset), common.length, target);
}

Result<std::shared_ptr<const OverlaySource>> OverlaySource::make(std::shared_ptr<const ByteSource> base,
                                                                 std::vector<Patch> patches)
{
    uint64_t end = 0;
    for (const auto &patch : patches) {
        if (patch.offset < end)
            return Error{ErrorCode::InputMalformed, "patches overlap or are out of order", base->name(),
                         patch.offset};
        if (!inBounds(patch.offset, patch.length(), base->size()))
            return Error{ErrorCode::InputMalformed, "a patch reaches beyond the end", base->name(),
                         patch.offset};
        end = patch.end();
    }
    return std::shared_ptr<const OverlaySource>(new OverlaySource(std::move(base), std::move(patches)));
}

OverlaySource::OverlaySource(std::shared_ptr<const ByteSource> base, std::vector<Patch> patches)
    : m_base(std::move(base)), m_patches(std::move(patches))
{
}

Result<void> OverlaySource::read(uint64_t offset, std::span<std::byte> out) const
{
    if (auto done = m_base->read(offset, out); !done)
        return done;
    const ByteRange range{offset, out.size()};
    auto patch = std::partition_point(m_patches.begin(), m_patches.end(),
                                      [offset](const Patch &p) { return p.end() <= offset; });
    for (; patch != m_patches.end() && patch->offset < range.end(); ++patch)
        patch->lay(offset, out);
    return {};
}

uint64_t OverlaySource::nextData(uint64_t offset) const
{
    const uint64_t next = m_base->nextData(offset);
    const auto patch = std::partition_point(m_patches.begin(), m_patches.end(),
                                            [offset](const Patch &p) { return p.end() <= offset; });
    return patch == m_patches.end() ? next : std::min(next, std::max(patch->offset, offset));
}

} // namespace cryoscope
