// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/export/manifestfiles.h"

#include <CLI/CLI.hpp>

namespace cryoscope::cli
{

/// Options of a command that makes an export, for its manifest and the signature of that.
struct ManifestSettings {
    std::string path;
    std::string keyFile;
    std::string passphraseFile;

    void addTo(CLI::App &command);
    /// With the passphrase out of its file, which the caller wipes. Errors: of reading it.
    [[nodiscard]] Result<ManifestTarget> target() const;
};

} // namespace cryoscope::cli
