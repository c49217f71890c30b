// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/byterange.h"
#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace cryoscope
{

/// One thing that was checked after an export.
struct ProofItem {
    enum class State { Passed, Failed, NotCovered };
    std::string id;    ///< "evidence-unchanged", "structure", "removed", "difference", "layout",
                       ///< "values-absent", "slack", "decodes"
    std::string title; ///< one line for people
    State state = State::NotCovered;
    std::string detail; ///< counts, names, offsets; never values
};

/// SHA-256 of a member before and after.
struct MemberHash {
    std::string path;
    uint64_t size = 0;         ///< bytes, of the export
    std::string before, after; ///< lower-case hex; equal when untouched; `after` is empty if it was taken out
};

/// Where a member of an export differs from the evidence.
struct ChangedRanges {
    static constexpr size_t maxRanges = 65536; ///< of a member that are kept

    std::string path;              ///< of a canonical member
    uint64_t size = 0;             ///< bytes of it; of the evidence without the members that were taken out
    std::vector<ByteRange> ranges; ///< bytes from its start, as the export has it; ascending
};

/// The outcome of verifying an export against its evidence.
struct Proof {
    std::vector<ProofItem> items;
    std::vector<MemberHash> members;
    std::vector<ChangedRanges> changed;
    std::string
        evidenceHash; ///< SHA-256 of the archive file, or over the sorted member hashes of a directory
    uint64_t changedBytes = 0;
    uint64_t valuesChecked = 0; ///< distinct values searched for
    uint64_t bytesSearched = 0;

    /// No item failed.
    [[nodiscard]] bool passed() const;
    /// No item failed and none is NotCovered: only then may the word "verified" be used.
    [[nodiscard]] bool complete() const;
};

} // namespace cryoscope
