// SPDX-License-Identifier: Apache-2.0
#include "core/redact/removedplaces.h"

#include "core/archive/tarplaces.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

/// Ascending and joined where they touch.
void joinRanges(std::vector<ByteRange> &ranges)
{
    std::sort(ranges.begin(), ranges.end(),
              [](const ByteRange &a, const ByteRange &b) { return a.offset < b.offset; });
    std::vector<ByteRange> joined;
    for (const ByteRange &range : ranges) {
        if (!joined.empty() && range.offset <= joined.back().end())
            joined.back().length = std::max(joined.back().end(), range.end()) - joined.back().offset;
        else
            joined.push_back(range);
    }
    ranges = std::move(joined);
}

} // namespace

Result<std::map<MemberId, std::vector<ByteRange>>> removedPlaces(const Archive &archive,
                                                                 const std::set<MemberId> &removed)
{
    std::map<MemberId, std::vector<ByteRange>> places;
    for (const MemberId id : withInner(archive, removed)) { // streams, sparse members, outermost files
        const Member &member = archive.member(id);
        if (member.content && member.storage != Storage::InPlace && member.storage != Storage::Linked)
            places[id].push_back({0, member.content->size()});
    }
    for (const MemberId id : removed) {
        const Member &member = archive.member(id);
        if (member.parent == noMember)
            continue;
        const auto pieces = tarPlaces(archive, id);
        if (!pieces)
            return pieces.error();
        for (const ByteRange &piece : *pieces) {
            const Extent place = archive.canonical({member.parent, piece.offset, piece.length});
            places[place.member].push_back(place.range());
        }
    }
    for (auto &[member, ranges] : places)
        joinRanges(ranges);
    return places;
}

void cutPatches(std::map<MemberId, std::vector<Patch>> &patches, MemberId member,
                const std::vector<ByteRange> &ranges, Cut cut)
{
    const auto found = patches.find(member);
    if (found == patches.end())
        return;
    std::vector<Patch> kept;
    for (const Patch &patch : found->second) {
        uint64_t at = patch.offset;
        uint64_t gone = 0; // before `at`
        const auto keep = [&](uint64_t end) {
            if (end <= at)
                return;
            kept.push_back(patch.part({at, end - at}));
            kept.back().offset -= cut == Cut::MoveUp ? gone : 0;
        };
        for (const ByteRange &range : ranges) {
            if (range.offset >= patch.end())
                break;
            keep(std::min(range.offset, patch.end()));
            at = std::max(at, range.end());
            gone += range.length;
        }
        keep(patch.end());
    }
    found->second = std::move(kept);
    if (found->second.empty())
        patches.erase(found);
}

} // namespace cryoscope
