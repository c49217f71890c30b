// SPDX-License-Identifier: Apache-2.0
#include "ui/review/edges.h"

namespace cryoscope::ui
{

FindingPlace placeOf(const Memory &memory, const Finding &finding)
{
    if (finding.parts.empty())
        return {};
    // Where the first byte is now: borders may have been moved since it was found.
    const auto places = memory.places(finding.parts.front());
    for (const MemoryPlace &place : places) {
        if (finding.pid != 0 && place.pid == finding.pid)
            return {{ByteTarget::Kind::Task, place.pid, 0, noMember}, place.address};
    }
    for (const MemoryPlace &place : places) {
        if (place.pid != 0)
            return {{ByteTarget::Kind::Task, place.pid, 0, noMember}, place.address};
        return {{ByteTarget::Kind::Shared, 0, place.sharedId, noMember}, place.address};
    }
    const Extent inner = memory.checkpoint().archive().innermost(finding.parts.front());
    return {{ByteTarget::Kind::Member, 0, 0, inner.member}, inner.offset};
}

Result<std::vector<Extent>> movedParts(const Memory &memory, const Finding &finding, int start, int end)
{
    const FindingPlace place = placeOf(memory, finding);
    const uint64_t length = finding.length();
    const auto shrink = static_cast<uint64_t>(std::max(start, 0)) + static_cast<uint64_t>(std::max(-end, 0));
    const auto before = static_cast<uint64_t>(std::max(-start, 0));
    if (shrink >= length)
        return Error{ErrorCode::Usage, "a redaction needs bytes", {}, {}};
    if (before > place.address)
        return Error{ErrorCode::NotFound, "there is nothing before it", {}, place.address};
    const uint64_t from = place.address - before + static_cast<uint64_t>(std::max(start, 0));
    return extentsOf(memory, place.target, from,
                     length - shrink + before + static_cast<uint64_t>(std::max(end, 0)));
}

} // namespace cryoscope::ui
