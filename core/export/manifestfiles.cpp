// SPDX-License-Identifier: Apache-2.0
#include "core/export/manifestfiles.h"

#include "core/bytes/newfile.h"
#include "core/export/signature.h"

#include <filesystem>

namespace cryoscope
{

namespace
{

constexpr uint64_t maxManifestFile = uint64_t{1} << 30;
constexpr uint64_t maxSignatureFile = 4096;

std::string signatureFile(const std::string &manifest)
{
    return manifest + ".sig";
}

} // namespace

Result<void> checkManifestTarget(const ManifestTarget &target)
{
    std::error_code ignored;
    for (const std::string &file :
         {target.path, target.keyFile.empty() ? std::string() : signatureFile(target.path)}) {
        if (!file.empty() &&
            std::filesystem::symlink_status(file, ignored).type() != std::filesystem::file_type::not_found)
            return Error{ErrorCode::OutputExists, "is there already", file, std::nullopt};
    }
    if (target.path.empty() || target.keyFile.empty())
        return {};
    const auto tried = signText({}, target.keyFile, target.passphrase);
    return tried ? Result<void>() : Result<void>(tried.error());
}

Result<void> writeManifest(const ManifestTarget &target, const std::string &output, const Proof &proof,
                           const ReviewFacts &facts, Progress *progress, std::stop_token stop)
{
    if (target.path.empty())
        return {};
    const auto manifest = Manifest::of(output, proof, facts, progress, std::move(stop));
    if (!manifest)
        return manifest.error();
    const std::string text = manifest->text();
    if (auto done = writeNewFile(target.path, text); !done)
        return done;
    if (target.keyFile.empty())
        return {};
    const auto made = signText(text, target.keyFile, target.passphrase);
    if (!made)
        return made.error();
    return writeNewFile(signatureFile(target.path), *made);
}

Result<std::vector<ProofItem>> checkByManifest(const std::string &output, const std::string &manifestFile,
                                               const std::string &signerFile, const Proof *proof,
                                               Progress *progress, std::stop_token stop)
{
    const auto text = readWholeFile(manifestFile, maxManifestFile);
    if (!text)
        return text.error();
    const auto manifest = Manifest::parse(*text, manifestFile);
    if (!manifest)
        return manifest.error();
    std::vector<ProofItem> items;
    auto same = checkManifest(output, *manifest, progress, stop);
    if (!same)
        return same.error();
    items.push_back(std::move(*same));

    ProofItem signer{"signature", "The manifest is signed by the owner of the key",
                     ProofItem::State::NotCovered, "no --signer was given"};
    if (!signerFile.empty()) {
        const auto signature = readWholeFile(signatureFile(manifestFile), maxSignatureFile);
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

} // namespace cryoscope
