// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/scanner.h"
#include "core/redact/plan.h"
#include "core/review/case.h"
#include "ui/jobs/job.h"

#include <QObject>
#include <QString>

#include <memory>
#include <unordered_map>
#include <vector>

namespace cryoscope::ui
{

/// One checkpoint under review: what is open, its case, and the long work on it. Lives in the GUI thread; the
/// case is lent to a job's thread while that puts findings into it, and nobody else touches it then
/// (isBusy()).
class ReviewSession : public QObject
{
    Q_OBJECT
public:
    explicit ReviewSession(QObject *parent = nullptr);
    ~ReviewSession() override;

    /// Opens a checkpoint, or a case with its checkpoint, in the background: opened() or failed() tells.
    void open(const QString &path);
    void close();
    [[nodiscard]] bool isOpen() const { return m_memory != nullptr; }
    /// Long work is under way; decisions wait.
    [[nodiscard]] bool isBusy() const { return m_job.isRunning(); }

    [[nodiscard]] const std::shared_ptr<const Memory> &memory() const { return m_memory; }
    [[nodiscard]] Case *review() const { return m_case.get(); }
    /// Checkpoint's path as it was opened.
    [[nodiscard]] QString path() const { return m_path; }
    /// The case file, or empty while the case is one that the program keeps by itself.
    [[nodiscard]] QString casePath() const { return m_savedCase; }

    [[nodiscard]] const std::vector<CaseFinding> &findings() const { return m_findings; }
    [[nodiscard]] const CaseFinding *finding(FindingId id) const;
    [[nodiscard]] const std::optional<ScanSummary> &lastScan() const { return m_summary; }
    [[nodiscard]] size_t decided() const;

    void startScan();
    void cancel() { m_job.cancel(); }

    // Decisions; each is durable when the call returns, and undoable.
    void decide(const std::vector<FindingId> &ids, Decision decision, Reason reason = Reason::None);
    /// Accepts a finding with every copy of its value, in every encoding: searched in the background.
    void acceptAllCopies(FindingId id);
    /// The copies of all accepted values, before an export.
    void acceptAllCopies(std::function<void()> then);
    void addManual(std::vector<Extent> parts, const QString &comment);
    void setComment(FindingId id, const QString &comment);
    void setParts(FindingId id, std::vector<Extent> parts);
    void undo();
    void redo();

    /// Saves the case to a file of the user's and goes on with that one.
    void saveCaseAs(const QString &path);
    /// Reads all findings again (after the case was changed by others: an export's copies).
    void reload();

Q_SIGNALS:
    void opened();
    void closed();
    void failed(const QString &message);
    /// findings() is about to become others; findingsReset() follows.
    void findingsAboutToReset();
    /// All findings may be others.
    void findingsReset();
    /// These have another state.
    void findingsChanged(const std::vector<cryoscope::FindingId> &ids);
    void foundSoFar(quint64 count);
    void progressed(const QString &phase, quint64 done, quint64 total);
    void busyChanged();
    /// A short line for the status bar.
    void message(const QString &text);

private:
    struct Opened;
    void takeOpened(Opened &opened);
    void copiesOf(std::vector<CaseFinding> accepted, std::function<void()> then);
    void refresh(const std::vector<FindingId> &ids);
    void start(Job::Work work, std::function<void()> done);
    void report(const Error &error);

    std::shared_ptr<const Memory> m_memory;
    std::unique_ptr<Case> m_case;
    QString m_path;
    QString m_savedCase;
    std::vector<CaseFinding> m_findings;
    std::unordered_map<FindingId, size_t> m_index;
    std::optional<ScanSummary> m_summary;
    Job m_job; ///< last: ends before what it uses goes
};

} // namespace cryoscope::ui
