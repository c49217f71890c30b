// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

namespace cryoscope::test
{

/// Files of a saved container image, by path in it.
using ImageFiles = std::map<std::string, std::string>;

/// Lower-case hexadecimal SHA-256.
[[nodiscard]] std::string sha256Of(const std::string &content);

/// What an image says beside its layer. Texts go into JSON as they are.
struct ImageTexts {
    std::string annotation; ///< of the manifest: org.criu.checkpoint.container.name
    std::string variable;   ///< of the configuration: API_TOKEN
    std::string history;    ///< created_by
};

/// An OCI image layout with one layer: `layer` as it is stored, and what it decodes to (the same if it is not
/// compressed).
[[nodiscard]] ImageFiles ociLayout(const std::string &layer, const std::string &decoded,
                                   const ImageTexts &texts);

/// An image with one plain layer as `podman save` writes it in Docker's form.
[[nodiscard]] ImageFiles dockerArchive(const std::string &layer, const ImageTexts &texts);

/// The files as a tar, folders first.
[[nodiscard]] std::string tarOf(const ImageFiles &files);

/// What is wrong with a saved image: blobs whose name is not their digest, digests and sizes in index,
/// manifests and configuration that are not those of the blobs. `decode` undoes the compression of a layer.
[[nodiscard]] std::vector<std::string> faultsOf(const ImageFiles &files,
                                                std::string (*decode)(const std::string &));

} // namespace cryoscope::test
