// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/export/manifest.h"

namespace cryoscope
{

/// Where the manifest of an export goes, and who signs it. Its signature stands beside it: FILE.sig, 64
/// bytes.
struct ManifestTarget {
    std::string path;       ///< new file; empty: no manifest
    std::string keyFile;    ///< private Ed25519 key in PEM; empty: not signed
    std::string passphrase; ///< of the key; empty: it has none
};

/// Before an export is made, so that it is not made in vain. OutputExists for files that are there; errors of
/// signText().
Result<void> checkManifestTarget(const ManifestTarget &target);

/// Writes the manifest of an export at `output`, and its signature; nothing without a path. Errors: of
/// reading, signing, writing.
Result<void> writeManifest(const ManifestTarget &target, const std::string &output, const Proof &proof,
                           const ReviewFacts &facts, Progress *progress = nullptr, std::stop_token stop = {});

/// What can be said of an export by its manifest: that it is the one, and whose signature the manifest has
/// (that of the owner of `signerFile`, a public key in PEM, if it is given). `proof`: what the evidence
/// proved; null: it is not at hand, and what that leaves open is an item too. Errors: of reading; the
/// signature's file is not there.
Result<std::vector<ProofItem>> checkByManifest(const std::string &output, const std::string &manifestFile,
                                               const std::string &signerFile, const Proof *proof,
                                               Progress *progress = nullptr, std::stop_token stop = {});

} // namespace cryoscope
