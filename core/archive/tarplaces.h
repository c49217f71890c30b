// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/archive.h"

#include <set>
#include <vector>

namespace cryoscope
{

/// Where a member of a tar stands in it, from the first of its headers to the end of its padding (offsets in
/// the tar): what must be cut out to take it out. More than one piece if there are headers among its own that
/// are about all that follow (pax 'g'), which stay. Unsupported, naming the member, if its headers are not
/// where they should be, or the tar ends within it.
[[nodiscard]] Result<std::vector<ByteRange>> tarPlaces(const Archive &archive, MemberId member);

/// The members and all that lies within them, at any depth.
[[nodiscard]] std::set<MemberId> withInner(const Archive &archive, const std::set<MemberId> &members);

} // namespace cryoscope
