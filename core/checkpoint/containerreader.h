// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/archive.h"
#include "core/checkpoint/containerinfo.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cryoscope
{

/// Annotations of an OCI image by key.
using Annotations = std::map<std::string, std::string, std::less<>>;

/// What config.dump, spec.dump and their like (JSON that container engines write beside the images), or
/// descriptors.json and config.json of Docker, say of the container whose image set is `setPrefix`; nothing
/// if there are none. `image`: annotations of the checkpoint image that holds the set, if it is in one; they
/// say what the files do not. Files that are there but cannot be read are added to `problems`.
[[nodiscard]] std::optional<ContainerInfo> readContainerInfo(const Archive &archive,
                                                             const std::string &setPrefix,
                                                             const Annotations &image,
                                                             std::vector<Problem> &problems);

} // namespace cryoscope
