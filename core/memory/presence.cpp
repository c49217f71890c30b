// SPDX-License-Identifier: Apache-2.0
#include "core/memory/presence.h"

namespace cryoscope
{

std::string_view presenceText(Presence presence)
{
    switch (presence) {
    case Presence::Present:
        return "present";
    case Presence::NotMapped:
        return "not mapped";
    case Presence::NotDumped:
        return "not dumped: the bytes are those of the mapped file or of the kernel";
    case Presence::Untouched:
        return "not stored: the process would read zeros";
    case Presence::ParentMissing:
        return "in a parent set that is not here";
    case Presence::ParentHole:
        return "in a parent set, whose pages file has a hole there: punched out, or zeros";
    case Presence::Lazy:
        return "left to be fetched lazily, never stored";
    case Presence::Damaged:
        return "damaged: the pages file is missing, too short or cannot be inspected";
    }
    return "unknown";
}

} // namespace cryoscope
