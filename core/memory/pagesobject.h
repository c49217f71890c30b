// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/extent.h"
#include "core/memory/pagemap.h"
#include "core/memory/presence.h"

#include <functional>
#include <optional>
#include <vector>

namespace cryoscope
{

/// Gets pieces of an address space one after the other.
using PieceVisitor = std::function<void(const AddressPiece &)>;

/// One pagemap with its pages file and, where the set has a parent, the same object there. Immutable.
struct PagesObject {
    PageMap map;
    uint64_t id = 0;             ///< pid, or shmem id
    bool shared = false;         ///< which of them
    MemberId pagemap = noMember; ///< the image that says all this
    Extent pages;                ///< canonical; the whole pages file. member is noMember if it is not there
    const PagesObject *parent = nullptr; ///< the same object in the parent set; owned by the Memory
    /// Ranges of the pages file (offsets in it, ascending) that hold no bytes of their own, and what is
    /// there.
    std::vector<ByteRange> holes;
    Presence inHoles = Presence::ParentHole;

    /// Visits the pieces of [range.offset, range.end()) that the pagemap names, ascending; addresses that it
    /// does not name are left out. The range must not wrap. Logarithmic in what is not visited; the depth of
    /// the chain of parents costs no stack.
    void resolve(ByteRange range, const PieceVisitor &visit) const;

    /// The address of byte `fileOffset` of the pages file (that of this object, not of its parents).
    [[nodiscard]] std::optional<uint64_t> addressOf(uint64_t fileOffset) const;

private:
    /// What stands at `part` of an entry with stored pages.
    void visitStored(const PagemapEntry &entry, ByteRange part, const PieceVisitor &visit) const;
};

} // namespace cryoscope
