// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/extent.h"
#include "core/memory/pagemap.h"
#include "core/memory/presence.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace cryoscope
{

/// One pagemap with its pages file and, where the set has a parent, the same object there. Immutable.
struct PagesObject {
    PageMap map;
    Extent pages;             ///< canonical; the whole pages file. member is noMember if it is not there
    bool parentNamed = false; ///< the set names a parent, here or not
    std::shared_ptr<const PagesObject> parent;

    /// Adds the pieces of [range.offset, range.end()) that the pagemap names, ascending; addresses that it
    /// does not name are left out. The range must not wrap.
    void resolve(ByteRange range, std::vector<AddressPiece> &out) const;

    /// The address of byte `fileOffset` of the pages file (that of this object, not of its parents).
    [[nodiscard]] std::optional<uint64_t> addressOf(uint64_t fileOffset) const;
};

} // namespace cryoscope
