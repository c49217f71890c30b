// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/review/case.h"
#include "ui/review/findinglist.h"

#include <QString>

#include <memory>
#include <optional>
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
    FindingList findings;
    CaseSteps steps;
    bool scanned = false; ///< a whole scan is in it

    /// Reads everything.
    static Result<CaseSnapshot> of(const Case &review);
};

/// Reads the findings of a case a part at a time, so that the first are shown while the others are read, and
/// decisions are made between. On the case's thread.
class CaseReader
{
public:
    /// Nothing is read yet but the order of all.
    static Result<std::shared_ptr<CaseReader>> make(const Case &review);

    /// What the window knows before the first part.
    [[nodiscard]] FindingList list() const { return {m_index, m_places.size()}; }
    /// The next findings, `most` of them or what is left. NotFound if one has gone since.
    Result<FindingPart> next(const Case &review, size_t most);
    [[nodiscard]] bool isDone() const { return m_read == m_places.size(); }

private:
    explicit CaseReader(CasePlaces places);

    CasePlaces m_places;
    std::shared_ptr<const FindingIndex> m_index;
    FindingTableWriter m_writer;
    size_t m_read = 0;
};

/// What a step did to a case: decisions that are others now, a few findings that are others in more than
/// that, or all is to be taken anew.
struct CaseChange {
    std::vector<ChangedFinding> judged; ///< if they are many, `ranges` says it instead
    std::vector<JudgedRange> ranges;
    FindingTable table; ///< what the ranges are about
    std::vector<CaseFinding> findings;
    std::optional<CaseSnapshot> all;
    CaseSteps steps;

    static constexpr size_t many = 2000; ///< findings from which on one reading of all is cheaper

    /// Reads what undo or redo has changed in a list with this table and index; everything if one came or
    /// went, or if many are others in more than the decision.
    static Result<CaseChange> of(const Case &review, std::vector<ChangedFinding> &&changed,
                                 const FindingTable &table, const std::shared_ptr<const FindingIndex> &index);
    /// Reads what one finding is now.
    static Result<CaseChange> of(const Case &review, FindingId id);
    /// Reads everything.
    static Result<CaseChange> whole(const Case &review);
};

[[nodiscard]] CaseSteps stepsOf(const Case &review);

} // namespace cryoscope::ui
