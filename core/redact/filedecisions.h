// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/redact/filetreatment.h"
#include "core/review/case.h"

namespace cryoscope
{

/// What must be decided so that a case is in line with what is to be done with files.
struct FileDecisions {
    std::vector<Finding> accepted;   ///< content of files that are emptied or removed
    std::vector<FindingId> rejected; ///< findings of files that are kept

    [[nodiscard]] bool isEmpty() const { return accepted.empty() && rejected.empty(); }
    /// `findings` as they are when this is decided.
    void applyTo(std::vector<CaseFinding> &findings) const;
};
/// What is not decided so in `findings` yet. Other findings in these files stay as they are.
[[nodiscard]] FileDecisions fileDecisions(const Memory &memory, std::span<const CaseFinding> findings,
                                          const FileTreatments &files);

/// Decides it in the case (content without a finding gets one). The same again changes nothing. Errors of
/// the case.
Result<void> decideFiles(const Memory &memory, Case &review, const FileTreatments &files);

} // namespace cryoscope
