// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/review/case.h"
#include "core/review/sqlite.h"

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cryoscope
{

/// The database of a case: all that Case promises about keeping, without any knowledge of the evidence. It is
/// given fingerprints and never sees a value. Owned by one thread.
class CaseStore
{
public:
    /// A finding with the fingerprint of its value (empty: it could not be read).
    struct Marked {
        Finding finding;
        std::string fingerprint;
    };

    /// Makes a case file (mode 0600), under its name only once it is complete; ":memory:" when `path` is
    /// empty. `identity` tells checkpoints apart. Errors: OutputExists, OutputUnwritable.
    static Result<std::unique_ptr<CaseStore>> create(const std::string &path, const std::string &identity,
                                                     const std::string &checkpointPath);
    /// Errors: NotFound, InputMalformed, InputUnreadable (also: open in another process).
    static Result<std::unique_ptr<CaseStore>> open(const std::string &path);

    [[nodiscard]] const std::string &path() const { return m_path; }
    [[nodiscard]] const std::string &key() const { return m_key; }
    [[nodiscard]] Result<std::string> meta(const std::string &name) const;
    Result<void> setMeta(const std::string &name, const std::string &value);
    /// A copy of the whole case in a new file (mode 0600); this store goes on with its own. OutputExists,
    /// OutputUnwritable.
    Result<void> saveCopy(const std::string &path) const;
    /// That `valid` holds for all parts of findings, also of those that undo would bring back; InputMalformed
    /// if not.
    [[nodiscard]] Result<void> checkParts(const std::function<bool(const Extent &)> &valid) const;
    void setReviewer(std::string name) { m_reviewer = std::move(name); }

    Result<void> replaceScan(std::span<const Marked> findings, const std::string &rulesVersion);
    Result<FindingId> addManual(const Marked &finding, const std::string &comment);
    Result<uint64_t> acceptExtents(Origin origin, std::span<const Marked> findings,
                                   const std::string &detail);
    /// A decision that comes from elsewhere: about a finding of the case, or (id 0) with a finding that it
    /// does not have.
    struct Given {
        FindingId id = 0;
        Marked marked; ///< if id is 0
        Origin origin = Origin::Scan;
        Decision decision = Decision::Undecided;
        Reason reason = Reason::None;
        std::string comment;
    };
    /// Takes them in one undoable step called `text`, written down as `action`; how many changed something.
    Result<uint64_t> applyDecisions(std::span<const Given> given, const std::string &text,
                                    const std::string &action, const std::string &detail);
    [[nodiscard]] Result<std::vector<CaseFinding>> findings() const;
    [[nodiscard]] Result<CaseFinding> finding(FindingId id) const;
    Result<void> decide(std::span<const FindingId> ids, Decision decision, Reason reason);
    Result<void> setComment(FindingId id, const std::string &comment);
    Result<void> setParts(FindingId id, const std::vector<Extent> &parts, const std::string &fingerprint);

    /// Text of the step that undo (or redo) would take back (or do again); empty if there is none.
    [[nodiscard]] std::string stepText(bool redo) const;
    Result<std::vector<FindingId>> travel(bool redo);

    [[nodiscard]] Result<std::vector<HistoryEntry>> history() const;
    /// That each entry of the history follows from those before it; the last link (empty without a history).
    /// InputMalformed naming the first entry that does not.
    [[nodiscard]] Result<std::string> checkHistory() const;
    Result<void> addHistory(const std::string &action, uint64_t findings, const std::string &detail);

private:
    /// What a step can change of a finding.
    struct State {
        Decision decision = Decision::Undecided;
        Reason reason = Reason::None;
        std::string comment;
        std::string parts;
        std::string fingerprint;
        bool live = false;    ///< false: not in the case (added by a step that was undone)
        std::string reviewer; ///< who decided last; not part of a step
        std::string decided;
    };

    CaseStore(sqlite::Database database, std::string path);
    static Result<sqlite::Database> openFile(const std::string &path);

    Result<void> settle();
    [[nodiscard]] Result<State> state(FindingId id) const;
    Result<void> setState(FindingId id, const State &state);
    Result<FindingId> insert(const Marked &marked, Origin origin, const State &state);
    Result<int64_t> beginStep(const std::string &text);
    Result<void> change(int64_t step, FindingId id, const State &before, const State &after);
    Result<void> writeHistory(const std::string &action, uint64_t findings, const std::string &detail);

    sqlite::Database m_database;
    std::string m_path;
    std::string m_key;
    std::string m_reviewer;
};

} // namespace cryoscope
