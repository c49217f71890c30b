// SPDX-License-Identifier: Apache-2.0
#include "core/memory/pagesobject.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

/// A range that is being looked up in one set of the chain.
struct Level {
    const PagesObject *object;
    uint64_t at;  ///< virtual address up to where it is done
    uint64_t end; ///< virtual address
    size_t entry; ///< the next one
};

} // namespace

void PagesObject::resolve(ByteRange range, const PieceVisitor &visit) const
{
    std::vector<Level> levels{{this, range.offset, range.end(), map.lowerBound(range.offset)}};
    while (!levels.empty()) {
        Level &level = levels.back();
        const auto &entries = level.object->map.entries();
        const bool here = level.entry < entries.size() && entries[level.entry].address < level.end;
        const uint64_t next = here ? std::max(entries[level.entry].address, level.at) : level.end;
        if (next > level.at && levels.size() > 1) // what a parent does not name is missing
            visit({level.at, next - level.at, Presence::ParentMissing, {}});
        level.at = next;
        if (!here) {
            levels.pop_back();
            continue;
        }
        const PagesObject &object = *level.object;
        const PagemapEntry &entry = entries[level.entry++];
        const ByteRange part =
            ByteRange{entry.address, object.map.bytes(entry)}.intersected({level.at, level.end - level.at});
        level.at = part.end();
        if (part.empty())
            continue;
        if (entry.present()) {
            object.visitStored(entry, part, visit);
        } else if ((entry.flags & PageInParent) == 0) {
            visit({part.offset, part.length, Presence::Lazy, {}});
        } else if (object.parent == nullptr) {
            visit({part.offset, part.length, Presence::ParentMissing, {}});
        } else {
            levels.push_back(
                {object.parent, part.offset, part.end(), object.parent->map.lowerBound(part.offset)});
        }
    }
}

void PagesObject::visitStored(const PagemapEntry &entry, ByteRange part, const PieceVisitor &visit) const
{
    uint64_t offset = entry.fileOffset + (part.offset - entry.address); // in the pages file
    uint64_t address = part.offset;
    const uint64_t stored =
        pages.member == noMember || offset >= pages.length ? 0 : std::min(part.length, pages.length - offset);
    const uint64_t end = offset + stored;
    auto hole = std::partition_point(holes.begin(), holes.end(),
                                     [offset](const ByteRange &range) { return range.end() <= offset; });
    while (offset < end) {
        const bool inside = hole != holes.end() && hole->offset <= offset;
        const uint64_t to = inside                ? std::min(end, hole->end())
                            : hole != holes.end() ? std::min(end, hole->offset)
                                                  : end;
        if (inside)
            visit({address, to - offset, inHoles, {}});
        else
            visit({address,
                   to - offset,
                   Presence::Present,
                   {pages.member, pages.offset + offset, to - offset}});
        address += to - offset;
        offset = to;
        if (inside && to == hole->end())
            ++hole;
    }
    if (stored < part.length)
        visit({part.offset + stored, part.length - stored, Presence::Damaged, {}});
}

std::optional<uint64_t> PagesObject::addressOf(uint64_t fileOffset) const
{
    const PagemapEntry *entry = map.entryAtFileOffset(fileOffset);
    if (entry == nullptr)
        return std::nullopt;
    return entry->address + (fileOffset - entry->fileOffset);
}

} // namespace cryoscope
