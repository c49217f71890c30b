// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/checkpoint/restorefinding.h"
#include "core/memory/memory.h"
#include "core/redact/filetreatment.h"

#include <set>
#include <string>
#include <vector>

namespace cryoscope
{

/// Members that an export leaves out.
struct Removals {
    std::set<MemberId> members;        ///< without what lies within them
    std::vector<std::string>
        warnings; ///< where less is done than was asked for, also of rules that mean no file; free of values
    std::vector<RestoreFinding> risks; ///< what it means for restoring the export
};

/// The members that `files` takes out, with the hard links of the same content. Usage errors, naming the
/// member: it is an image of the set, or holds one; it lies in an image that calls its blobs by their
/// digests; a rule removes a file that is only in a ghost file. (Where removing sensitive files at large
/// meets a ghost file or mapped pages, a warning says that they are emptied.)
[[nodiscard]] Result<Removals> findRemovals(const Memory &memory, const FileTreatments &files);

} // namespace cryoscope
