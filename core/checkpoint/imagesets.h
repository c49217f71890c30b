// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/archive.h"
#include "core/checkpoint/containerinfo.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// One image set of an archive, at any depth of it.
struct ImageSetInfo {
    std::string prefix; ///< path prefix of its members: "", "checkpoint/", "counter.tar!checkpoint/"
    bool tree = false;  ///< it has a process tree; else it is a pre-dump or a parent set
    std::optional<ContainerInfo> container; ///< what an engine wrote beside it
};

/// All sets with an inventory. The one that is shown unless another is asked for comes first: sets with a
/// process tree before those without, the outermost before those within, then in stored order.
[[nodiscard]] std::vector<ImageSetInfo> findImageSets(const Archive &archive);

/// "checkpoint" and "checkpoint/" mean the same set, "." that at the top.
[[nodiscard]] std::string imageSetPrefix(std::string_view name);

/// Members (by id: true) that hold an image set: tars within the archive and the streams that they decode
/// from.
[[nodiscard]] std::vector<bool> holdersOfImageSets(const Archive &archive);

/// Where a member's path begins within the innermost archive that holds it: behind the last '!'.
[[nodiscard]] size_t nestEnd(std::string_view path);

} // namespace cryoscope
