// SPDX-License-Identifier: Apache-2.0
#include "core/memory/pagesobject.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

/// Adds what the parent says of `range`; what it does not name is missing.
void resolveInParent(const PagesObject &object, ByteRange range, std::vector<AddressPiece> &out)
{
    uint64_t at = range.offset;
    const auto missing = [&](uint64_t to) {
        if (to > at)
            out.push_back({at, to - at, Presence::ParentMissing, {}});
    };
    if (object.parent) {
        std::vector<AddressPiece> pieces;
        object.parent->resolve(range, pieces);
        for (const auto &piece : pieces) {
            missing(piece.address);
            out.push_back(piece);
            at = piece.end();
        }
    }
    missing(range.end());
}

} // namespace

void PagesObject::resolve(ByteRange range, std::vector<AddressPiece> &out) const
{
    const auto &entries = map.entries();
    for (size_t i = map.lowerBound(range.offset); i < entries.size() && entries[i].address < range.end();
         ++i) {
        const PagemapEntry &entry = entries[i];
        const ByteRange part = ByteRange{entry.address, map.bytes(entry)}.intersected(range);
        if (part.empty())
            continue;
        if (entry.present()) {
            const uint64_t offset = entry.fileOffset + (part.offset - entry.address);
            const uint64_t stored = pages.member == noMember || offset >= pages.length
                                        ? 0
                                        : std::min(part.length, pages.length - offset);
            if (stored > 0)
                out.push_back(
                    {part.offset, stored, Presence::Present, {pages.member, pages.offset + offset, stored}});
            if (stored < part.length)
                out.push_back({part.offset + stored, part.length - stored, Presence::Damaged, {}});
        } else if ((entry.flags & PageInParent) != 0) {
            resolveInParent(*this, part, out);
        } else {
            out.push_back({part.offset, part.length, Presence::Lazy, {}});
        }
    }
}

std::optional<uint64_t> PagesObject::addressOf(uint64_t fileOffset) const
{
    const PagemapEntry *entry = map.entryAtFileOffset(fileOffset);
    if (entry == nullptr)
        return std::nullopt;
    return entry->address + (fileOffset - entry->fileOffset);
}

} // namespace cryoscope
