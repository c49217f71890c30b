// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/archive.h"
#include "core/bytes/overlaysource.h"

#include <map>
#include <set>
#include <vector>

namespace cryoscope
{

/// By canonical member, what goes of it with removed members: of those that go as a whole all of it, of tars
/// that lose some the places of these. Ascending, joined. Errors of tarPlaces().
[[nodiscard]] Result<std::map<MemberId, std::vector<ByteRange>>>
removedPlaces(const Archive &archive, const std::set<MemberId> &removed);

/// Whether patches behind a range that is cut out move up.
enum class Cut { Leave, MoveUp };

/// Takes out of the patches of a member what they have for `ranges` (ascending, apart).
void cutPatches(std::map<MemberId, std::vector<Patch>> &patches, MemberId member,
                const std::vector<ByteRange> &ranges, Cut cut);

} // namespace cryoscope
