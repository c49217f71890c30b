// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/finding.h"
#include "core/memory/memory.h"
#include "ui/hexview/documents.h"

#include <vector>

namespace cryoscope::ui
{

/// Where a finding is looked at: in the memory of the task that it was found in, in a shared object, or in
/// its innermost member. Asks the index of pages only.
struct FindingPlace {
    ByteTarget target;
    uint64_t address = 0; ///< virtual address or offset
};
[[nodiscard]] FindingPlace placeOf(const Memory &memory, const Finding &finding);

/// The parts of a finding whose borders are moved by so many bytes (along the addresses where it is looked
/// at, over page borders). Usage if nothing would be left of it; an Error of the address space if it would
/// reach absent bytes.
[[nodiscard]] Result<std::vector<Extent>> movedParts(const Memory &memory, const Finding &finding, int start,
                                                     int end);

} // namespace cryoscope::ui
