// SPDX-License-Identifier: Apache-2.0
#include "app/cli/manifestfiles.h"

#include "core/bytes/newfile.h"
#include "core/export/signature.h"

#include <filesystem>

namespace cryoscope::cli
{

namespace
{

constexpr uint64_t maxManifest = uint64_t{1} << 30;
constexpr uint64_t maxSmallFile = 4096;

std::string signatureFile(const std::string &manifest)
{
    return manifest + ".sig";
}

/// The first line of a file.
Result<std::string> passphraseIn(const std::string &file)
{
    if (file.empty())
        return std::string();
    auto text = readWholeFile(file, maxSmallFile);
    if (!text)
        return text.error();
    return text->substr(0, text->find_first_of("\r\n"));
}

} // namespace

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

Result<std::string> ManifestSettings::signature(std::string_view text) const
{
    auto passphrase = passphraseIn(passphraseFile);
    if (!passphrase)
        return passphrase.error();
    auto signature = signText(text, keyFile, *passphrase);
    std::fill(passphrase->begin(), passphrase->end(), '\0');
    return signature;
}

Result<void> ManifestSettings::check() const
{
    std::error_code ignored;
    for (const std::string &file : {path, keyFile.empty() ? std::string() : signatureFile(path)}) {
        if (!file.empty() &&
            std::filesystem::symlink_status(file, ignored).type() != std::filesystem::file_type::not_found)
            return Error{ErrorCode::OutputExists, "is there already", file, std::nullopt};
    }
    if (keyFile.empty())
        return {};
    const auto tried = signature({});
    return tried ? Result<void>() : Result<void>(tried.error());
}

Result<void> ManifestSettings::write(Context &context, const std::string &output, const Proof &proof,
                                     const Case &review) const
{
    if (path.empty())
        return {};
    const auto manifest = Manifest::of(output, proof, review, context.progress(), context.stop());
    if (!manifest)
        return manifest.error();
    const std::string text = manifest->text();
    if (auto done = writeNewFile(path, text); !done)
        return done;
    if (keyFile.empty())
        return {};
    const auto made = signature(text);
    if (!made)
        return made.error();
    return writeNewFile(signatureFile(path), *made);
}

Result<std::vector<ProofItem>> checkByManifest(Context &context, const std::string &output,
                                               const std::string &manifestFile, const std::string &signerFile,
                                               const Proof *proof)
{
    const auto text = readWholeFile(manifestFile, maxManifest);
    if (!text)
        return text.error();
    const auto manifest = Manifest::parse(*text, manifestFile);
    if (!manifest)
        return manifest.error();
    std::vector<ProofItem> items;
    auto same = checkManifest(output, *manifest, context.progress(), context.stop());
    if (!same)
        return same.error();
    items.push_back(std::move(*same));

    ProofItem signer{"signature", "The manifest is signed by the owner of the key",
                     ProofItem::State::NotCovered, "no --signer was given"};
    if (!signerFile.empty()) {
        const auto signature = readWholeFile(signatureFile(manifestFile), maxSmallFile);
        if (!signature)
            return signature.error();
        const auto fits = signatureFits(*text, *signature, signerFile);
        if (!fits)
            return fits.error();
        const auto fingerprint = publicKeyFingerprint(signerFile);
        if (!fingerprint)
            return fingerprint.error();
        signer.state = *fits ? ProofItem::State::Passed : ProofItem::State::Failed;
        signer.detail = (*fits ? "key " : "the signature is not by key ") + *fingerprint;
    }
    items.push_back(std::move(signer));

    if (proof != nullptr) {
        const bool fits = proof->evidenceHash == manifest->evidenceHash;
        items.push_back({"manifest-evidence", "The manifest is about this evidence",
                         fits ? ProofItem::State::Passed : ProofItem::State::Failed,
                         fits ? "SHA-256 " + proof->evidenceHash : "it names evidence of another SHA-256"});
    } else {
        items.push_back({"values-absent", "No accepted value is left", ProofItem::State::NotCovered,
                         "only the evidence tells what they are; the manifest says that " +
                             std::to_string(manifest->valuesChecked) + " were searched"});
    }
    return items;
}

} // namespace cryoscope::cli
