// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/jobs/job.h"
#include "ui/review/casework.h"
#include "ui/review/decisionsharing.h"

#include <QObject>
#include <QString>
#include <QTimer>

#include <memory>
#include <vector>

namespace cryoscope::ui
{

/// What became of values that were accepted by value.
struct ValuesAccepted {
    bool done = false;            ///< false: cancelled or failed, nothing changed
    uint64_t changed = 0;         ///< findings that are new or accepted now
    std::vector<uint64_t> places; ///< where each value stands, in the order given
    uint64_t tooShort = 0;        ///< values that were not searched
};

/// One checkpoint under review: what is open, what its case holds, and the long work on it. Lives in the GUI
/// thread and never waits: the case has a thread of its own, long work runs in a job. A decision shows at
/// once and is on the disk moments later, in the order in which they were made; closing waits for that.
class ReviewSession : public QObject
{
    Q_OBJECT
public:
    explicit ReviewSession(QObject *parent = nullptr);
    ~ReviewSession() override;

    /// Opens a checkpoint, or a case with its checkpoint, in the background: opened() or failed() tells. What
    /// is under way is cancelled first.
    void open(const QString &path) { openSet(path, {}); }
    /// Opens the same checkpoint again and shows another of its image sets; the case stays.
    void showSet(const QString &set);
    /// Closes; long work is cancelled first, and what it has found is kept.
    void close();
    [[nodiscard]] bool isOpen() const { return m_memory != nullptr; }
    /// Long work is under way, or findings are still read, or a step takes its time; decisions go on.
    [[nodiscard]] bool isBusy() const { return m_job.isRunning() || m_loading || m_slow; }
    /// Whether not all findings are there yet: findings() tells how many there will be.
    [[nodiscard]] bool isLoading() const { return m_loading; }

    [[nodiscard]] const std::shared_ptr<const Memory> &memory() const { return m_memory; }
    /// Checkpoint's path as it was opened.
    [[nodiscard]] QString path() const { return m_path; }
    /// The case file, or empty while the case is one that the program keeps by itself.
    [[nodiscard]] QString casePath() const { return m_savedCase; }

    [[nodiscard]] const FindingList &findings() const { return m_now.findings; }
    /// None if there is no such finding (yet).
    [[nodiscard]] std::optional<CaseFinding> finding(FindingId id) const;
    [[nodiscard]] const std::optional<ScanSummary> &lastScan() const { return m_summary; }
    /// Whether a whole scan is in the case.
    [[nodiscard]] bool isScanned() const { return m_now.scanned; }
    [[nodiscard]] size_t decided() const { return m_now.findings.decided(); }
    /// What undo would take back, redo do again; empty: nothing.
    [[nodiscard]] QString undoText() const { return m_now.steps.undo; }
    [[nodiscard]] QString redoText() const { return m_now.steps.redo; }
    /// The case's thread, for those who need the case itself (an export and its report).
    [[nodiscard]] CaseThread &cases() { return m_cases; }

    /// How many findings are read in one go when a case is opened.
    void setPartOfFindings(size_t count) { m_part = count; }

    void startScan();
    void cancel() { m_job.cancel(); }

    // Decisions; each is undoable.
    void decide(std::vector<FindingId> ids, Decision decision, Reason reason = Reason::None);
    /// The same for findings that stand one after the other: of a million as quick as of one.
    void decideAt(std::vector<PositionRange> where, Decision decision, Reason reason = Reason::None);
    /// Looks for every copy of a finding's value, in every encoding, and for what remains of it:
    /// copiesFound() tells. Nothing is accepted by that.
    void searchCopies(FindingId id);
    /// The copies of all accepted values, before an export.
    void acceptAllCopies(std::function<void()> then);
    /// Accepts every copy, in every encoding, of values that the user knows: searched in the background, one
    /// step to undo. The values are wiped when the search has ended.
    void acceptValues(std::vector<std::string> values);
    /// Accepts findings that are made already (search hits), as one step.
    void acceptFindings(std::vector<Finding> findings, Origin origin, const QString &detail);
    /// `parts` is called on the case's thread.
    void addManual(std::function<Result<std::vector<Extent>>()> parts, const QString &comment);
    void setComment(FindingId id, const QString &comment);
    /// Moves the borders of a finding by so many bytes.
    void moveEdges(FindingId id, int start, int end);
    void undo() { travel(false); }
    void redo() { travel(true); }

    /// Takes the decisions of another case or of a baseline; decisionsTaken() tells. One step to undo.
    void takeDecisions(const QString &path);
    /// Writes the decisions as a baseline for the next dump of the same program.
    void saveBaseline(const QString &path);
    /// Saves the case to a file of the user's and goes on with that one.
    void saveCaseAs(const QString &path);

Q_SIGNALS:
    /// The checkpoint is there; its findings follow with findingsReset().
    void opened();
    void closed();
    void failed(const QString &message);
    /// findings() is about to become others; findingsReset() follows.
    void findingsAboutToReset();
    /// All findings may be others.
    void findingsReset();
    /// There are more findings now, after those that were there.
    void findingsAdded();
    /// The last of those were added: all are there.
    void findingsLoaded();
    /// These have another state; none is named if they are very many.
    void findingsChanged(const std::vector<cryoscope::FindingId> &ids);
    /// These stand elsewhere now (findingsChanged() follows).
    void partsChanged(const std::vector<cryoscope::FindingId> &ids);
    /// undoText() or redoText() is another.
    void stepsChanged();
    void foundSoFar(quint64 count);
    void progressed(const QString &phase, quint64 done, quint64 total);
    void busyChanged();
    /// What searchCopies() found of the value of `id`: all its places, its own included.
    void copiesFound(cryoscope::FindingId id, const std::vector<cryoscope::Finding> &places);
    /// The values of acceptValues() were searched, or it failed.
    void valuesAccepted(const cryoscope::ui::ValuesAccepted &result);
    /// takeDecisions() is done; findings on which both reviews differ have kept this one's decision.
    void decisionsTaken(const std::vector<cryoscope::MergeConflict> &conflicts);
    /// A short line for the status bar.
    void message(const QString &text);

private:
    void openSet(const QString &path, const QString &set);
    template <class Value, class Work, class Done> void work(Work doWork, Done done);
    void takeOpened(OpenedCase &&opened);
    void loadFindings();
    void loadMore(const std::shared_ptr<CaseReader> &reader);
    void endLoading();
    template <class Step, class Done> void post(Step step, Done done);
    void endStep();
    void travel(bool redo);
    void reset(CaseSnapshot &&now);
    void take(Result<CaseChange> &&change);
    void reload();
    void expectStep();
    void apply(const std::vector<FindingId> &ids, Decision decision, Reason reason);
    void apply(const std::vector<PositionRange> &where, Decision decision, Reason reason);
    void report(const Error &error);
    template <class Step> void change(Step step, QString done = {});

    std::shared_ptr<const Memory> m_memory;
    QString m_path;
    QString m_savedCase;
    CaseSnapshot m_now;
    std::optional<ScanSummary> m_summary;
    uint64_t m_generation = 0; ///< of what is open: answers about another one are dropped
    QString m_next;            ///< to be opened when what is under way has ended
    QString m_nextSet;         ///< of it
    bool m_reloading = false;  ///< after an error: not again if that fails too
    bool m_closing = false;    ///< to be closed then
    bool m_loading = false;    ///< not all findings are there yet
    size_t m_part = 8192;      ///< findings that are read in one go: in a few milliseconds
    uint64_t m_reading = 0;    ///< number of the reading of findings that is the last one
    uint64_t m_taken = 0;      ///< answers that may have painted over what was judged since
    size_t m_steps = 0;        ///< under way to the disk
    bool m_slow = false;       ///< they have been for long
    QTimer m_slowTimer;        ///< until they have been
    CaseThread m_cases;
    Job m_job; ///< last: ends before what it uses goes
};

} // namespace cryoscope::ui
