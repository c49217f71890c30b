// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/archive.h"
#include "core/checkpoint/containerreader.h"
#include "core/checkpoint/imagesets.h"

#include <string_view>

namespace cryoscope
{

/// How the whole checkpoint is laid out, as far as its content tells.
enum class Layout {
    Images,     ///< images of CRIU, as they are
    Container,  ///< the checkpoint of a container (ContainerInfo says whose engine's)
    Docker,     ///< a checkpoint directory of Docker
    Pod,        ///< a pod: the checkpoints of its containers are archives within
    OciImage,   ///< an OCI image layout; a layer holds the checkpoint
    SavedImage, ///< an image as `docker save` and `podman save` write it
    Several     ///< more than one checkpoint, in no form that is known
};

/// "images", "container checkpoint", "pod checkpoint", "OCI image layout" …
[[nodiscard]] std::string_view layoutName(Layout layout);

/// `sets`: those of the archive, with their containers.
[[nodiscard]] Layout layoutOf(const Archive &archive, const std::vector<ImageSetInfo> &sets);

/// Annotations and labels of the image whose layer holds the set, as its manifest and configuration have
/// them; empty if the set is in no image, or the image has none.
[[nodiscard]] Annotations imageAnnotations(const Archive &archive, const std::string &setPrefix);

} // namespace cryoscope
