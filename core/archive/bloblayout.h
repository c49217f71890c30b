// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/archive.h"
#include "core/archive/digests.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace cryoscope
{

/// The members of an archive that are called by the SHA-256 of their content, and the texts that name them
/// so: an OCI image layout (blobs/sha256/DIGEST), or an image as Docker and Podman save it (DIGEST.tar,
/// DIGEST.json, or just DIGEST). Only those at the top of the archive or in a directory of it, not in
/// archives within. Nothing is read but small texts, and no digest is computed: a name may be wrong.
class BlobLayout
{
public:
    explicit BlobLayout(const Archive &archive);

    [[nodiscard]] bool empty() const { return m_digests.empty(); }
    /// An OCI image layout, or an image as saved.
    [[nodiscard]] bool oci() const { return m_oci; }
    /// The digest in the name of each blob.
    [[nodiscard]] const std::map<MemberId, std::string> &blobs() const { return m_digests; }
    /// JSON texts that name blobs: index, manifests, configurations; ascending. They may be blobs themselves.
    [[nodiscard]] const std::set<MemberId> &texts() const { return m_texts; }
    [[nodiscard]] bool isText(MemberId member) const { return m_texts.contains(member); }

    static constexpr uint64_t maxText = uint64_t{16} << 20; ///< bytes of a text

private:
    std::map<MemberId, std::string> m_digests;
    std::set<MemberId> m_texts;
    bool m_oci = false;
};

/// Headers of a tar with digests replaced in the names that they hold; checksums fit again where they did.
[[nodiscard]] std::string headersWithNewDigests(std::string_view headers, const NewDigests &digests);

} // namespace cryoscope
