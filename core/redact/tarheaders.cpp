// SPDX-License-Identifier: Apache-2.0
#include "core/redact/tarheaders.h"

#include "core/archive/tarheader.h"
#include "core/redact/patchset.h"

#include <algorithm>
#include <array>
#include <set>

namespace cryoscope
{

namespace
{

/// Calls `visit(member, offset)` for the blocks of tars that patches touch and that are no content of a file,
/// ascending by member. False from `visit` stops.
template <class Visit>
void eachTouchedHeader(const Archive &archive, const std::map<MemberId, std::vector<Patch>> &patches,
                       const Visit &visit)
{
    std::set<MemberId> tars;    // in terms of innermost(): members that hold others in place
    std::set<MemberId> holders; // canonical members with such a tar in them
    for (const Member &member : archive.members()) {
        if (member.storage == Storage::InPlace && member.parent != noMember) {
            if (tars.insert(member.parent).second)
                holders.insert(archive.canonical({member.parent, 0, 1}).member);
        }
    }
    for (const auto &[member, list] : patches) {
        if (!holders.contains(member))
            continue;
        uint64_t last = UINT64_MAX;
        for (const Patch &patch : list) {
            for (uint64_t at = patch.offset / tarBlock * tarBlock; at < patch.end(); at += tarBlock) {
                const uint64_t first = std::max(at, patch.offset);
                if (at == last || !tars.contains(archive.innermost({member, first, 1}).member))
                    continue;
                last = at;
                if (!visit(member, at))
                    return;
            }
        }
    }
}

} // namespace

Result<void> fitTarHeaders(const Archive &archive, std::map<MemberId, std::vector<Patch>> &patches)
{
    PatchSet fitted; // checksums first: they stand whatever else is planned for their place
    Result<void> done;
    eachTouchedHeader(archive, patches, [&](MemberId member, uint64_t offset) {
        const ByteSource &content = *archive.member(member).content;
        std::array<std::byte, tarBlock> block{};
        if (offset + tarBlock > content.size())
            return true; // a tar that ends early: no header
        if (done = content.read(offset, block); !done)
            return false;
        if (!tarChecksumFits(block))
            return true; // a pax record, a long name, or padding: without a checksum
        for (const Patch &patch : patches.at(member)) {
            if (patch.offset < offset + tarBlock && patch.end() > offset)
                patch.lay(offset, block);
        }
        fitTarChecksum(block);
        fitted.add(member, offset + tarChecksumOffset,
                   std::span(block).subspan<tarChecksumOffset, tarChecksumLength>());
        return true;
    });
    if (!done)
        return done;
    for (const auto &[member, list] : patches) {
        for (const Patch &patch : list)
            fitted.add(member, patch);
    }
    patches = std::move(fitted).take();
    return {};
}

bool touchesTarHeaders(const Archive &archive, const std::map<MemberId, std::vector<Patch>> &patches)
{
    bool any = false;
    eachTouchedHeader(archive, patches, [&any](MemberId, uint64_t) {
        any = true;
        return false;
    });
    return any;
}

} // namespace cryoscope
