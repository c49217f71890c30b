// SPDX-License-Identifier: Apache-2.0
#include "core/redact/memberpatches.h"

#include <algorithm>

namespace cryoscope
{

std::vector<Patch> patchesOf(const Archive &archive, MemberId member,
                             const std::map<MemberId, std::vector<Patch>> &patches)
{
    std::vector<Patch> found;
    const auto &content = archive.member(member).content;
    if (!content || content->size() == 0)
        return found;
    const Extent whole = archive.canonical({member, 0, content->size()});
    const auto all = patches.find(whole.member);
    if (all == patches.end())
        return found;
    auto next = std::partition_point(all->second.begin(), all->second.end(),
                                     [&whole](const Patch &patch) { return patch.end() <= whole.offset; });
    for (; next != all->second.end() && next->offset < whole.end(); ++next) {
        found.push_back(next->part(whole.range()));
        found.back().offset -= whole.offset;
    }
    return found;
}

std::shared_ptr<const ByteSource> patchedContent(const Archive &archive, MemberId member,
                                                 const std::map<MemberId, std::vector<Patch>> &patches)
{
    const auto &content = archive.member(member).content;
    auto own = patchesOf(archive, member, patches);
    if (own.empty())
        return content;
    auto overlay = OverlaySource::make(content, std::move(own));
    return overlay ? std::shared_ptr<const ByteSource>(std::move(*overlay)) : content;
}

} // namespace cryoscope
