// SPDX-License-Identifier: Apache-2.0
#include "core/archive/tarplaces.h"

#include "core/archive/tarheader.h"
#include "core/base/checked.h"

#include <algorithm>
#include <array>

namespace cryoscope
{

namespace
{

/// Where what a tar stores before `member` ends.
uint64_t endOfPrevious(const Archive &archive, const Member &member)
{
    for (MemberId id = member.id; id-- > 0;) {
        const Member &previous = archive.member(id);
        if (previous.parent == member.parent && previous.storage != Storage::Decoded)
            return previous.offsetInParent + previous.storedSize() + tarPadding(previous.storedSize());
    }
    return 0;
}

} // namespace

Result<std::vector<ByteRange>> tarPlaces(const Archive &archive, MemberId id)
{
    const Member &member = archive.member(id);
    const auto &tar = member.parent == noMember ? archive.stream() : archive.member(member.parent).content;
    const uint64_t end = member.offsetInParent + member.storedSize() + tarPadding(member.storedSize());
    const Error unknown{ErrorCode::Unsupported, "cannot be told from what is around it in its archive",
                        member.path, member.offsetInParent};
    if (!tar || end > tar->size())
        return unknown;
    std::vector<ByteRange> pieces;
    uint64_t start = endOfPrevious(archive, member);
    for (uint64_t at = start;;) {
        std::array<std::byte, tarBlock> block{};
        if (at + tarBlock > member.offsetInParent)
            return unknown;
        if (auto done = tar->read(at, block); !done)
            return done.error();
        const auto header = parseTarHeader(block);
        if (!header)
            return unknown;
        if (header->type != 'x' && header->type != 'g' && header->type != 'L' && header->type != 'K')
            break;
        const auto data = checkedAdd(header->size, tarPadding(header->size));
        const auto next = data ? checkedAdd(at + tarBlock, *data) : std::nullopt;
        if (!next || *next > member.offsetInParent)
            return unknown;
        if (header->type == 'g') {
            if (at > start)
                pieces.push_back({start, at - start});
            start = *next;
        }
        at = *next;
    }
    pieces.push_back({start, end - start});
    return pieces;
}

std::set<MemberId> withInner(const Archive &archive, const std::set<MemberId> &members)
{
    std::set<MemberId> all = members;
    for (const Member &member : archive.members()) { // those within others come behind them
        if (member.parent != noMember && all.contains(member.parent))
            all.insert(member.id);
    }
    return all;
}

} // namespace cryoscope
