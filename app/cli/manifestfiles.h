// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/context.h"

#include "core/export/manifest.h"

#include <CLI/CLI.hpp>

namespace cryoscope::cli
{

/// Options of a command that makes an export, for its manifest and the signature of that.
struct ManifestSettings {
    std::string path;
    std::string keyFile;
    std::string passphraseFile;

    void addTo(CLI::App &command);
    /// Before an export is made, so that it is not made in vain: files that are there, keys that cannot be
    /// used.
    [[nodiscard]] Result<void> check() const;
    /// Writes the manifest of an export, and its signature to the file of the same name with ".sig"; nothing
    /// without --manifest.
    [[nodiscard]] Result<void> write(Context &context, const std::string &output, const Proof &proof,
                                     const Case &review) const;

private:
    [[nodiscard]] Result<std::string> signature(std::string_view text) const;
};

/// What can be said of an export by its manifest: that it is the one, and whose signature the manifest has
/// (that of the owner of `signerFile`, if it is given). `values`: whether the accepted values were searched
/// otherwise.
Result<std::vector<ProofItem>> checkByManifest(Context &context, const std::string &output,
                                               const std::string &manifestFile, const std::string &signerFile,
                                               const Proof *proof);

} // namespace cryoscope::cli
