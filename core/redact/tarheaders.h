// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/archive.h"
#include "core/bytes/overlaysource.h"

#include <map>
#include <vector>

namespace cryoscope
{

/// Patches in the headers of tars within the checkpoint (names of files and links, of owners) leave their
/// checksums wrong: adds to `patches` what makes them fit again. `patches` are by canonical member, sorted,
/// without overlaps, and stay so. Errors of reading.
[[nodiscard]] Result<void> fitTarHeaders(const Archive &archive,
                                         std::map<MemberId, std::vector<Patch>> &patches);

/// Whether any patch lies in a header (or in the padding) of a tar within the checkpoint: then names may
/// change.
[[nodiscard]] bool touchesTarHeaders(const Archive &archive,
                                     const std::map<MemberId, std::vector<Patch>> &patches);

} // namespace cryoscope
