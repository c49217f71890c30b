// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cryoscope
{

/// What a container engine wrote beside the images (config.dump, spec.dump …).
struct ContainerInfo {
    std::string engine; ///< "Podman", "CRI-O", "containerd"
    std::string name;
    std::string id;
    std::string image;
    std::string runtime;
    std::string created;      ///< as written
    std::string checkpointed; ///< as written
};

} // namespace cryoscope
