// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/review/casemerge.h"
#include "ui/review/casesnapshot.h"

#include <QString>

#include <vector>

namespace cryoscope::ui
{

/// Decisions that were taken from a file.
struct TakenDecisions {
    CaseSnapshot now;
    QString text; ///< what became of them, for the user
    std::vector<MergeConflict> conflicts;
};

/// Takes the decisions of another review of the same checkpoint (a case) or of an earlier dump of the program
/// (a baseline), whatever `path` is. On the case's thread. Errors: it is neither, or of another checkpoint.
[[nodiscard]] Result<TakenDecisions> takeDecisions(Case &review, const Memory &memory, const QString &path);

/// Writes the decisions as a baseline for the next dump; how many there are. On the case's thread.
[[nodiscard]] Result<uint64_t> saveBaseline(const Case &review, const Memory &memory, const QString &path);

} // namespace cryoscope::ui
