// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/review/case.h"
#include "core/review/sqlite.h"

#include <functional>
#include <memory>
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
    /// The order of findings(). Right after checkParts() it is known.
    [[nodiscard]] Result<CasePlaces> places() const;
    /// Reads findings of places(), of which the first has `position` among all. NotFound if one has gone.
    Result<void> read(std::span<const CasePlace> places, size_t position, const CaseRowVisit &visit) const;
    Result<void> decide(std::span<const FindingId> ids, Decision decision, Reason reason);
    Result<void> setComment(FindingId id, const std::string &comment);
    Result<void> setParts(FindingId id, const std::vector<Extent> &parts, const std::string &fingerprint);

    /// Text of the step that undo (or redo) would take back (or do again); empty if there is none.
    [[nodiscard]] std::string stepText(bool redo) const;
    Result<std::vector<ChangedFinding>> travel(bool redo);

    /// See Case::tidy().
    bool tidy();

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
        bool live = false; ///< false: not in the case (added by a step that was undone)
        int64_t act = 0;   ///< who decided last, and when; 0: nobody. Not part of a step
    };
    /// A step that is being done.
    struct Step {
        int64_t id = 0;
        int64_t act = 0; ///< of those who are decided on by it; 0 while there are none
    };

    CaseStore(sqlite::Database database, std::string path);
    static Result<sqlite::Database> openFile(const std::string &path);

    [[nodiscard]] Result<CasePlaces> lookAtPlaces(const std::function<bool(const Extent &)> &valid) const;
    Result<void> settle();
    Result<bool> sweep();
    [[nodiscard]] Result<State> state(FindingId id) const;
    Result<FindingId> insert(const Marked &marked, Origin origin, const State &state);
    Result<void> judge(FindingId id, Decision decision, Reason reason, int64_t act);
    Result<int64_t> addAct();
    Result<Step> beginStep(const std::string &text);
    Result<void> endStep(const Step &step, const std::string &text, uint64_t changed);
    Result<void> change(Step &step, FindingId id, const State &before, const State &after);
    Result<void> choose(std::span<const FindingId> ids);
    Result<void> writeHistory(const std::string &action, uint64_t findings, const std::string &detail);

    sqlite::Database m_database;
    std::string m_path;
    std::string m_key;
    std::string m_reviewer;
    mutable std::unique_ptr<CasePlaces> m_places; ///< as checkParts() found them
    mutable uint64_t m_placesAt = 0;              ///< how much had been written then
};

} // namespace cryoscope
