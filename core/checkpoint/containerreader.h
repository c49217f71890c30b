// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/archive.h"
#include "core/checkpoint/containerinfo.h"

#include <optional>
#include <vector>

namespace cryoscope
{

/// What config.dump, spec.dump and their like (JSON that container engines write at the top of a checkpoint
/// archive) say of the container; nothing if there are none. Files that are there but cannot be read are
/// added to `problems`.
[[nodiscard]] std::optional<ContainerInfo> readContainerInfo(const Archive &archive,
                                                             std::vector<Problem> &problems);

} // namespace cryoscope
