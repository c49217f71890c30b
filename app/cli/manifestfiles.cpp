// SPDX-License-Identifier: Apache-2.0
#include "app/cli/manifestfiles.h"

#include "core/bytes/newfile.h"

namespace cryoscope::cli
{

void ManifestSettings::addTo(CLI::App &command)
{
    auto *manifest = command.add_option("--manifest", path,
                                        "New file for what the export is and what was proven of it, with the "
                                        "hash of each member: JSON, free of values, "
                                        "to go with the export");
    auto *sign = command
                     .add_option("--sign", keyFile,
                                 "Private Ed25519 key (PEM): its signature of the manifest goes to FILE.sig")
                     ->needs(manifest);
    command.add_option("--sign-passphrase-file", passphraseFile, "File with the passphrase of the key")
        ->needs(sign);
}

Result<ManifestTarget> ManifestSettings::target() const
{
    constexpr uint64_t maxPassphraseFile = 4096;
    ManifestTarget target{path, keyFile, {}};
    if (passphraseFile.empty())
        return target;
    auto text = readWholeFile(passphraseFile, maxPassphraseFile);
    if (!text)
        return text.error();
    target.passphrase = text->substr(0, text->find_first_of("\r\n"));
    std::fill(text->begin(), text->end(), '\0');
    return target;
}

} // namespace cryoscope::cli
