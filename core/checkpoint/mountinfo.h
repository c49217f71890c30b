// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/checkpoint/checkpoint.h"

#include <string>
#include <vector>

namespace cryoscope
{

/// One mount of a mount namespace, as in /proc/PID/mountinfo.
struct MountInfo {
    uint64_t namespaceId = 0; ///< N of mountpoints-N.img
    uint32_t id = 0;
    uint32_t parent = 0;
    std::string device;     ///< "major:minor"
    std::string root;       ///< what of the file system is mounted
    std::string mountPoint; ///< relative to the namespace's root, as CRIU writes it
    std::string fileSystem; ///< "tmpfs"
    std::string source;
    std::string options;
    std::string external; ///< key or path outside of the checkpoint; empty if it is inside
    uint64_t flags = 0;   ///< MS_*
};

/// All mounts of the shown image set, in stored order. What cannot be read is left out;
/// Checkpoint::problems() tells of it.
[[nodiscard]] std::vector<MountInfo> readMounts(const Checkpoint &checkpoint);

} // namespace cryoscope
