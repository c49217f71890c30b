// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/archive.h"
#include "core/bytes/overlaysource.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace cryoscope
{

/// Holds what stands around the members of a tar within the checkpoint, which holds what was encoded anew,
/// against the evidence: headers, padding and end are what `patches` (of the tar, in its own offsets) make of
/// them, but for the sizes of members that `mayResize`. A line for each fault; none if `tar` is no tar.
/// Errors of reading.
Result<std::vector<std::string>> frameFaults(const Archive &before, const Archive &after, MemberId tar,
                                             std::span<const Patch> patches,
                                             const std::function<bool(const Member &)> &mayResize);

} // namespace cryoscope
