// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cryoscope
{

/// A mount of the container, as its engine asked for it.
struct ContainerMount {
    std::string destination;
    std::string source;
    std::string type;
};

/// What a container engine wrote beside the images (config.dump, spec.dump …). What is not said is empty.
struct ContainerInfo {
    std::string engine; ///< "Podman", "CRI-O", "containerd", "Docker"
    std::string name;
    std::string id;
    std::string pod; ///< name
    std::string podNamespace;
    std::string image;
    std::string runtime;
    std::string created;      ///< as written
    std::string checkpointed; ///< as written
    std::string hostName;
    std::vector<std::string> command;
    std::vector<std::string> environment; ///< "NAME=value"; values may be secrets
    std::vector<ContainerMount> mounts;
    std::vector<std::string> network; ///< "eth0 10.88.0.5/16"
};

} // namespace cryoscope
