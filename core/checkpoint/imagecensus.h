// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/checkpoint/checkpoint.h"
#include "core/image/imagefile.h"

#include <optional>
#include <string>
#include <vector>

namespace cryoscope
{

/// What a file of an image set is, by its name and its first bytes together.
struct ImageIdentity {
    const ImageFile *file = nullptr; ///< what its name promises; null if it promises nothing
    const ImageType *type = nullptr; ///< what its magic says; null for raw files and unknown magics
    /// Why it cannot be inspected, or that name and content contradict each other. A file that neither its
    /// name nor its magic explains is such a problem, not a file without findings.
    std::optional<Problem> problem;

    /// Whether it belongs to the set at all (else: something that lies beside the images).
    [[nodiscard]] bool image() const { return file != nullptr || type != nullptr || problem; }
    /// "CORE", "pages", "criu_kfd", "unknown".
    [[nodiscard]] std::string name() const;
};

/// `member` must have content. Reads a few bytes of it; of a plugin's message all, up to Image::maxMessage.
[[nodiscard]] ImageIdentity identifyImage(const Member &member);

/// How much there is of one kind of image.
struct ImageCount {
    std::string name; ///< as ImageIdentity::name
    uint64_t files = 0;
    uint64_t bytes = 0;
    std::optional<uint64_t> records; ///< of framed images; none for pagemaps, which can have millions
};

/// Counts the images of the checkpoint in all sets (those of parents too), by name. Frames are walked,
/// messages not read.
[[nodiscard]] std::vector<ImageCount> countImages(const Checkpoint &checkpoint);

/// Directories (as prefixes of paths) that hold an image set: those with an inventory, and the shown one.
[[nodiscard]] std::vector<std::string> imageDirectories(const Checkpoint &checkpoint);

} // namespace cryoscope
