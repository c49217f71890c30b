// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/export/proof.h"
#include "core/review/case.h"

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// What a review says of an export: quickly read on its thread, before the rest is made.
struct ReviewFacts {
    std::string reviewer;     ///< who exported it
    std::string profile;      ///< Profile::describe()
    std::string replacement;  ///< Replacement::describe()
    std::string rulesVersion; ///< of the last scan
    std::string historyLink;  ///< Case::checkHistory()
    uint64_t findings = 0;    ///< that were accepted

    /// Errors: of the case; its history is not its own.
    static Result<ReviewFacts> of(const Case &review);
};

/// What an export is, for those who get it: its hashes, what was proven of it, by which rules and settings.
/// Small, free of values, meant to be signed and to travel with the export. It tells of the evidence no more
/// than the hash of the whole: that of a small file with a password in it could be guessed.
struct Manifest {
    struct Entry {
        std::string path;
        uint64_t size = 0;  ///< bytes
        std::string sha256; ///< lower-case hex
    };

    std::string tool;    ///< name and version
    std::string created; ///< UTC, ISO 8601
    ReviewFacts review;
    std::string form;         ///< archiveFormName()
    std::string exportHash;   ///< evidenceHash() of the export
    std::string evidenceHash; ///< of what it was made from
    uint64_t changedBytes = 0;
    uint64_t valuesChecked = 0;
    uint64_t bytesSearched = 0;
    std::vector<ProofItem> items;
    std::vector<Entry> members; ///< the outermost ones, in their order

    /// Of an export at `path` whose proof is at hand. Errors: of reading; the history of the case is not its
    /// own.
    static Result<Manifest> of(const std::string &path, const Proof &proof, const ReviewFacts &facts,
                               Progress *progress = nullptr, std::stop_token stop = {});
    /// JSON, always the same for the same data.
    [[nodiscard]] std::string text() const;
    /// `file` is for errors: InputMalformed.
    static Result<Manifest> parse(std::string_view text, const std::string &file);
};

/// Holds an export against its manifest, without the evidence: every member is there, has the size and hash
/// that the manifest says, and nothing else is. A fault is a failed item, not an Error.
Result<ProofItem> checkManifest(const std::string &path, const Manifest &manifest,
                                Progress *progress = nullptr, std::stop_token stop = {});

} // namespace cryoscope
