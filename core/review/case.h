// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/detect/finding.h"
#include "core/memory/memory.h"
#include "core/review/caserows.h"
#include "core/review/decision.h"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cryoscope
{

/// A finding with its review state, as the case keeps it.
struct CaseFinding {
    FindingId id = 0;
    Origin origin = Origin::Scan;
    Finding finding;
    std::string fingerprint; ///< keyed (HMAC-SHA-256 with the case's key) over the decoded value, hex; equal
                             ///< values have equal fingerprints in one case
    Decision decision = Decision::Undecided;
    Reason reason = Reason::None;
    std::string comment;
    uint64_t copies = 0;  ///< other findings of the case with the same fingerprint
    std::string reviewer; ///< who decided last, and when (UTC, ISO 8601); empty if nobody did
    std::string decided;
    bool stale = false; ///< a decision of an earlier scan that the last scan did not find again; still
                        ///< redacted if accepted
};

/// One line of the append-only history.
struct HistoryEntry {
    int64_t sequence = 0;
    std::string time; ///< UTC, ISO 8601
    std::string reviewer;
    std::string action; ///< "accept", "reject", "undo", "scan", "export" …
    uint64_t findings = 0;
    std::string detail;    ///< free of values
    std::string link = {}; ///< see historyLink(); it follows from this entry and all before it
};

/// A finding that undo or redo has changed, as it is now.
struct ChangedFinding {
    FindingId id = 0;
    Decision decision = Decision::Undecided;
    Reason reason = Reason::None;
    bool more = false; ///< not the decision alone: its comment or borders, or it came or went
};

/// A review: findings, decisions, manual redactions, comments and history of one checkpoint, in an SQLite
/// file (WAL, synchronous FULL: a call that returns has been made durable, kill -9 loses nothing). Holds
/// keyed fingerprints, never values. Owned by one thread.
class Case
{
public:
    /// What `path` empty means: a case in memory only, lost at the end.
    /// Makes a new case for the checkpoint (file mode 0600). OutputExists if `path` is there.
    static Result<std::unique_ptr<Case>> create(const std::string &path, const Memory &memory);
    /// Opens a case. NotFound, InputMalformed (no case, damaged, from a newer version). If `memory` is given,
    /// the case must have been made for the same checkpoint (InputMalformed otherwise): same members with the
    /// same sizes, and no finding outside of them.
    static Result<std::unique_ptr<Case>> open(const std::string &path, const Memory *memory = nullptr);
    ~Case();
    Case(const Case &) = delete;
    Case &operator=(const Case &) = delete;

    [[nodiscard]] const std::string &path() const;
    /// Writes the case to a new file as well (mode 0600); this object goes on with its own. OutputExists,
    /// OutputUnwritable.
    Result<void> saveCopy(const std::string &path) const;
    /// Path of the checkpoint as given when the case was made.
    [[nodiscard]] std::string checkpointPath() const;

    /// RuleSet::version() of the last scan; empty if there was none.
    [[nodiscard]] std::string rulesVersion() const;

    /// Who decides from now on; at first the name that the user has on this system.
    void setReviewer(std::string name);

    /// Takes the findings of a scan (values are read from the evidence to fingerprint them). Decisions on
    /// findings that stand at the same extents are kept; decided ones that were not found again become stale;
    /// undecided ones go.
    Result<void> replaceScan(const Memory &memory, std::span<const Finding> findings,
                             const std::string &rulesVersion);
    /// Adds one by hand (undoable). Its decision is Accepted.
    Result<FindingId> addManual(const Memory &memory, std::vector<Extent> parts, const std::string &comment);
    /// Adds copies or values from a value file, as Accepted, in one undoable step; those whose extents are
    /// already a finding become Accepted instead. Returns how many findings are new or changed.
    Result<uint64_t> acceptExtents(const Memory &memory, Origin origin, std::span<const Finding> findings,
                                   const std::string &detail);

    /// A decision that comes from another review: about a finding of this case, or (id 0) with a finding that
    /// it does not have.
    struct Given {
        FindingId id = 0;
        Finding finding; ///< if id is 0
        Origin origin = Origin::Scan;
        Decision decision = Decision::Undecided;
        Reason reason = Reason::None;
        std::string comment;
    };
    /// Takes them in one undoable step called `text`, written down as `action`; how many changed something.
    Result<uint64_t> applyDecisions(const Memory &memory, std::span<const Given> given,
                                    const std::string &text, const std::string &action,
                                    const std::string &detail);

    /// All findings in the order of first place (tasks, address; then members, offset).
    [[nodiscard]] Result<std::vector<CaseFinding>> findings() const;
    [[nodiscard]] Result<CaseFinding> finding(FindingId id) const;
    /// The order of findings(), without the findings: for those who read a part at a time.
    [[nodiscard]] Result<CasePlaces> places() const;
    /// Reads findings of places(), of which the first has `position` among all, and calls `visit` for each,
    /// in any order. NotFound if one of them has gone meanwhile.
    Result<void> read(std::span<const CasePlace> places, size_t position, const CaseRowVisit &visit) const;

    /// One undoable step for all ids.
    Result<void> decide(std::span<const FindingId> ids, Decision decision, Reason reason = Reason::None);
    Result<void> setComment(FindingId id, const std::string &comment);
    /// Moves the borders of a finding (undoable).
    Result<void> setParts(const Memory &memory, FindingId id, std::vector<Extent> parts);

    [[nodiscard]] bool canUndo() const;
    [[nodiscard]] bool canRedo() const;
    /// Text for the menu ("accept 3 findings"); empty if there is nothing.
    [[nodiscard]] std::string undoText() const;
    [[nodiscard]] std::string redoText() const;
    /// The findings that changed.
    Result<std::vector<ChangedFinding>> undo();
    Result<std::vector<ChangedFinding>> redo();

    /// Does some of what must be done some day, so that no decision waits for it: lets go of steps that redo
    /// cannot reach any more, and moves what was written since from the journal to its place in the file (it
    /// is durable before, too). True if there is more to do.
    bool tidy();

    [[nodiscard]] Result<std::vector<HistoryEntry>> history() const;
    /// That nothing else than this program wrote the history: each entry follows from those before it. The
    /// link of the last one, which stands in reports and manifests; InputMalformed naming the first entry
    /// that does not follow.
    [[nodiscard]] Result<std::string> checkHistory() const;
    Result<void> addHistory(const std::string &action, uint64_t findings, const std::string &detail);

    /// Keyed fingerprint of a decoded value.
    [[nodiscard]] std::string fingerprint(std::string_view value) const;
    /// Free text settings of the window (layout, position); never values.
    Result<void> setSetting(const std::string &key, const std::string &value);
    [[nodiscard]] std::string setting(const std::string &key) const;

private:
    struct Private;
    explicit Case(std::unique_ptr<Private> d);
    std::unique_ptr<Private> d;
};

} // namespace cryoscope
