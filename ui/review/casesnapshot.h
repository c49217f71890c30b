// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/review/case.h"
#include "ui/review/findingtable.h"
#include "ui/review/markindex.h"

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace cryoscope::ui
{

/// What undo and redo would do now; empty if nothing.
struct CaseSteps {
    QString undo;
    QString redo;
};

/// What the window knows of a case, read on the case's thread.
struct CaseSnapshot {
    std::vector<CaseFinding> findings;
    std::unordered_map<FindingId, size_t> index; ///< in `findings`
    std::shared_ptr<const FindingTable> table;   ///< of `findings`; null if nothing is open
    std::shared_ptr<const std::vector<MarkSource>> marks;
    size_t decided = 0; ///< of `findings`, those that are not undecided
    CaseSteps steps;
    bool scanned = false; ///< a whole scan is in it

    static Result<CaseSnapshot> of(const Case &review);
};

/// What a step did to a case: either a few findings that are others now, or all is to be taken anew.
struct CaseChange {
    std::vector<CaseFinding> findings;
    std::optional<CaseSnapshot> all;
    CaseSteps steps;

    static constexpr size_t many = 2000; ///< findings from which on one reading of all is cheaper

    /// Reads what `ids` are now; everything if one came or went, or if they are many.
    static Result<CaseChange> of(const Case &review, const std::vector<FindingId> &ids);
    /// Reads everything.
    static Result<CaseChange> whole(const Case &review);
};

[[nodiscard]] CaseSteps stepsOf(const Case &review);

} // namespace cryoscope::ui
