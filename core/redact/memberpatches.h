// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/archive.h"
#include "core/bytes/overlaysource.h"

#include <map>
#include <memory>
#include <vector>

namespace cryoscope
{

/// What patches of canonical members (RedactionPlan::patches()) change of `member`, which may lie within one
/// of them; in its own offsets. Empty for a member without content.
[[nodiscard]] std::vector<Patch> patchesOf(const Archive &archive, MemberId member,
                                           const std::map<MemberId, std::vector<Patch>> &patches);

/// The member's content with them laid over; its content if there are none. Null for a member without.
[[nodiscard]] std::shared_ptr<const ByteSource>
patchedContent(const Archive &archive, MemberId member,
               const std::map<MemberId, std::vector<Patch>> &patches);

} // namespace cryoscope
