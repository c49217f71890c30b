// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/extent.h"

#include <cstdint>
#include <string_view>

namespace cryoscope
{

/// Whether a page's bytes are in the checkpoint, and if not, why not. Absence has names; it is never shown as
/// zeros.
enum class Presence {
    Present,   ///< in a pages file
    NotMapped, ///< no VMA covers the address
    NotDumped, ///< clean page of a file mapping, or kernel-provided page: the content is not in the
               ///< checkpoint
    Untouched, ///< anonymous page never written (or the kernel's zero page), or a compressed block that is
               ///< stored as nothing: the process would read zeros
    ParentMissing, ///< in a parent set that is not here
    ParentHole, ///< in a parent set whose pages file has a hole there: punched out, or zeros of a sparse copy
    Lazy,       ///< left to be fetched on demand, never stored
    Damaged     ///< the pages file is missing, too short or in a layout that cannot be inspected
};

/// A few words for the hex view ("not dumped: clean page of the mapped file").
[[nodiscard]] std::string_view presenceText(Presence presence);

/// A maximal piece of address space with one Presence and, if Present, consecutive bytes in one member.
struct AddressPiece {
    uint64_t address = 0; ///< virtual address (or offset in a shared object)
    uint64_t length = 0;  ///< bytes
    Presence presence = Presence::NotMapped;
    Extent extent; ///< canonical; only when Present

    [[nodiscard]] constexpr uint64_t end() const { return address + length; }
};

} // namespace cryoscope
