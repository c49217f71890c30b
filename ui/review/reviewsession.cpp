// SPDX-License-Identifier: Apache-2.0
#include "ui/review/reviewsession.h"

#include "ui/review/edges.h"
#include "ui/review/ownedcase.h"

#include <algorithm>

namespace cryoscope::ui
{

ReviewSession::ReviewSession(QObject *parent) : QObject(parent)
{
    connect(&m_job, &Job::progressed, this, &ReviewSession::progressed);
}

ReviewSession::~ReviewSession() = default;

/// Long work: `done` gets its result in the GUI thread.
template <class Value, class Work, class Done> void ReviewSession::work(Work doWork, Done done)
{
    auto result = std::make_shared<std::optional<Result<Value>>>();
    m_job.start([result, doWork = std::move(doWork)](
                    Progress &progress, std::stop_token stop) { result->emplace(doWork(progress, stop)); },
                [this, result, done = std::move(done)] {
                    done(std::move(**result));
                    if (std::exchange(m_closing, false))
                        close();
                    if (const QString next = std::exchange(m_next, {}); !next.isEmpty())
                        openSet(next, std::exchange(m_nextSet, {}));
                    Q_EMIT busyChanged();
                });
    Q_EMIT busyChanged();
}

void ReviewSession::report(const Error &error)
{
    Q_EMIT failed(QString::fromStdString(error.describe()));
}

/// Gives a step to the case's thread and takes what it changed.
template <class Step> void ReviewSession::change(Step step, QString done)
{
    if (!isOpen())
        return;
    m_cases.post(
        [step = std::move(step)](CaseThread::Slot &review) -> Result<CaseChange> {
            if (!review)
                return noCase();
            return step(*review);
        },
        [this, generation = m_generation, done = std::move(done)](Result<CaseChange> &&changed) {
            if (generation != m_generation)
                return;
            const bool good = changed.ok();
            take(std::move(changed));
            if (good && !done.isEmpty())
                Q_EMIT message(done);
        });
}

void ReviewSession::showSet(const QString &set)
{
    const QString path = m_savedCase.isEmpty() ? m_path : m_savedCase; // a copy: closing clears them
    openSet(path, set);
}

void ReviewSession::openSet(const QString &path, const QString &set)
{
    if (m_job.isRunning()) {
        m_next = path;
        m_nextSet = set;
        m_job.cancel();
        return;
    }
    close();
    work<OpenedCase>(
        [this, path, set](Progress &progress, const std::stop_token &stop) {
            return openCase(m_cases, path, set, progress, stop);
        },
        [this](Result<OpenedCase> &&opened) {
            if (opened)
                takeOpened(std::move(*opened));
            else if (opened.error().code != ErrorCode::Cancelled)
                report(opened.error());
        });
}

void ReviewSession::takeOpened(OpenedCase &&opened)
{
    ++m_generation;
    m_memory = std::move(opened.memory);
    m_path = opened.path;
    m_savedCase = opened.casePath;
    loadFindings();
    Q_EMIT this->opened();
    if (!opened.note.isEmpty())
        Q_EMIT message(opened.note);
}

/// The window shows the checkpoint while its findings are read: there may be a million.
void ReviewSession::loadFindings()
{
    m_loading = true;
    m_cases.post(
        [](CaseThread::Slot &review) -> Result<CaseSnapshot> {
            if (!review)
                return noCase();
            return CaseSnapshot::of(*review);
        },
        [this, generation = m_generation](Result<CaseSnapshot> &&now) {
            if (generation != m_generation)
                return;
            m_loading = false;
            if (now) {
                reset(std::move(*now));
            } else {
                close(); // without its findings it must not be worked on
                report(now.error());
            }
            Q_EMIT busyChanged();
        });
}

void ReviewSession::close()
{
    if (m_job.isRunning()) {
        m_closing = true;
        m_job.cancel();
        return;
    }
    if (!isOpen())
        return;
    ++m_generation;
    m_loading = false;
    m_cases.post(
        [](CaseThread::Slot &review) {
            review.reset();
            return true;
        },
        [](bool) {});
    m_memory.reset();
    m_summary.reset();
    m_path.clear();
    m_savedCase.clear();
    reset({});
    Q_EMIT closed();
}

const CaseFinding *ReviewSession::finding(FindingId id) const
{
    const auto found = m_now.index.find(id);
    return found == m_now.index.end() ? nullptr : &m_now.findings[found->second];
}

void ReviewSession::reset(CaseSnapshot &&now)
{
    Q_EMIT findingsAboutToReset();
    std::swap(m_now, now);
    m_decided = m_now.decided;
    Q_EMIT findingsReset();
    Q_EMIT stepsChanged();
    // To let go of a million findings takes longer than a window may be still.
    m_cases.post(
        [before = std::make_shared<CaseSnapshot>(std::move(now))](CaseThread::Slot &) mutable {
            before.reset();
            return true;
        },
        [](bool) {});
}

void ReviewSession::take(Result<CaseChange> &&change)
{
    if (std::exchange(m_loading, false))
        Q_EMIT busyChanged();
    if (!change) {
        const ErrorCode code = change.error().code;
        if (code == ErrorCode::Usage || code == ErrorCode::NotFound) {
            Q_EMIT message(QString::fromStdString(change.error().describe()));     // of what was asked
            this->change([](Case &review) { return CaseChange::of(review, {}); }); // what undo does now
            return;
        }
        report(change.error());
        if (!std::exchange(m_reloading, true)) // what was shown at once may not be so
            reload();
        return;
    }
    m_reloading = false;
    if (change->all) {
        reset(std::move(*change->all));
        return;
    }
    std::vector<FindingId> ids;
    std::vector<FindingId> moved;
    for (CaseFinding &now : change->findings) {
        const auto found = m_now.index.find(now.id);
        if (found == m_now.index.end()) {
            reload(); // one came
            return;
        }
        CaseFinding &before = m_now.findings[found->second];
        ids.push_back(now.id);
        if (before.finding.parts != now.finding.parts)
            moved.push_back(now.id);
        m_decided += (now.decision != Decision::Undecided ? 1 : 0);
        m_decided -= (before.decision != Decision::Undecided ? 1 : 0);
        before = std::move(now);
    }
    m_now.steps = std::move(change->steps);
    if (!moved.empty())
        Q_EMIT partsChanged(moved);
    if (!ids.empty())
        Q_EMIT findingsChanged(ids);
    Q_EMIT stepsChanged();
}

void ReviewSession::reload()
{
    change(&CaseChange::whole);
}

void ReviewSession::startScan()
{
    if (!isOpen() || isBusy())
        return;
    work<ScannedCase>(
        [this, memory = m_memory](Progress &progress, const std::stop_token &stop) {
            const auto tell = [this](uint64_t count) {
                QMetaObject::invokeMethod(
                    this, [this, count] { Q_EMIT foundSoFar(count); }, Qt::QueuedConnection);
            };
            return scanCase(m_cases, memory, tell, progress, stop);
        },
        [this](Result<ScannedCase> &&scanned) {
            if (!scanned) {
                report(scanned.error());
                return;
            }
            m_summary = std::move(scanned->summary);
            reset(std::move(scanned->now));
            const auto count = static_cast<int>(m_now.findings.size());
            Q_EMIT message(m_summary ? tr("Scan finished: %n finding(s)", nullptr, count)
                                     : tr("Scan cancelled; %n finding(s) so far", nullptr, count));
        });
}

/// There will be something to undo: the key for it may follow before the answer does.
void ReviewSession::expectStep()
{
    if (m_now.steps.undo.isEmpty()) {
        m_now.steps.undo = tr("the last step");
        Q_EMIT stepsChanged();
    }
}

void ReviewSession::apply(const std::vector<FindingId> &ids, Decision decision, Reason reason)
{
    std::vector<FindingId> changed;
    for (const FindingId id : ids) {
        const auto found = m_now.index.find(id);
        if (found == m_now.index.end())
            continue;
        CaseFinding &entry = m_now.findings[found->second];
        if (entry.decision == decision && entry.reason == reason)
            continue;
        m_decided += (decision != Decision::Undecided ? 1 : 0);
        m_decided -= (entry.decision != Decision::Undecided ? 1 : 0);
        entry.decision = decision;
        entry.reason = reason;
        changed.push_back(id);
    }
    if (!changed.empty())
        Q_EMIT findingsChanged(changed);
}

void ReviewSession::decide(const std::vector<FindingId> &ids, Decision decision, Reason reason)
{
    if (!isOpen() || ids.empty())
        return;
    if (ids.size() > CaseChange::many) { // to show that takes longer than a window may be still
        expectStep();
        m_loading = true;
        Q_EMIT busyChanged();
        change([ids, decision, reason](Case &review) -> Result<CaseChange> {
            if (auto done = review.decide(ids, decision, reason); !done)
                return done.error();
            return CaseChange::whole(review);
        });
        return;
    }
    apply(ids, decision, reason);
    expectStep();
    m_cases.post(
        [ids, decision, reason](CaseThread::Slot &review) -> Result<CaseSteps> {
            if (!review)
                return noCase();
            if (auto done = review->decide(ids, decision, reason); !done)
                return done.error();
            return stepsOf(*review);
        },
        [this, ids, decision, reason, generation = m_generation](Result<CaseSteps> &&steps) {
            if (generation != m_generation)
                return;
            if (!steps) {
                report(steps.error());
                reload();
                return;
            }
            // The answer to an older step may have painted over it meanwhile.
            apply(ids, decision, reason);
            m_now.steps = std::move(*steps);
            Q_EMIT stepsChanged();
        });
}

void ReviewSession::searchCopies(FindingId id)
{
    if (finding(id) == nullptr || isBusy())
        return;
    work<CopySearch>(
        [this, id, memory = m_memory](Progress &progress, const std::stop_token &stop) {
            return ui::searchCopies(m_cases, *memory, id, progress, stop);
        },
        [this, id](Result<CopySearch> &&copies) {
            if (copies)
                Q_EMIT copiesFound(id, copies->found);
            else if (copies.error().code != ErrorCode::Cancelled)
                report(copies.error());
        });
}

void ReviewSession::acceptAllCopies(std::function<void()> then)
{
    if (!isOpen() || isBusy())
        return;
    work<AcceptedCopies>(
        [this, memory = m_memory](Progress &progress, const std::stop_token &stop) {
            return acceptCopies(m_cases, *memory, progress, stop);
        },
        [this, then = std::move(then)](Result<AcceptedCopies> &&accepted) {
            if (accepted) {
                reset(std::move(accepted->now));
                Q_EMIT message(
                    tr("Accepted with %n more place(s)", nullptr, static_cast<int>(accepted->changed)));
            } else if (accepted.error().code != ErrorCode::Cancelled) {
                report(accepted.error());
            }
            if (then)
                then();
        });
}

void ReviewSession::acceptValues(std::vector<std::string> values)
{
    if (!isOpen() || isBusy())
        return;
    auto kept = std::make_shared<std::vector<std::string>>(std::move(values));
    work<AcceptedCopies>(
        [this, kept, memory = m_memory](Progress &progress, const std::stop_token &stop) {
            return ui::acceptValues(m_cases, *memory, *kept, progress, stop);
        },
        [this](Result<AcceptedCopies> &&accepted) {
            ValuesAccepted result;
            if (accepted) {
                result = {true, accepted->changed, accepted->places, accepted->tooShort};
                reset(std::move(accepted->now));
            } else if (accepted.error().code != ErrorCode::Cancelled) {
                report(accepted.error());
            }
            Q_EMIT valuesAccepted(result);
        });
}

void ReviewSession::acceptFindings(std::vector<Finding> findings, Origin origin, const QString &detail)
{
    const auto count = static_cast<int>(findings.size());
    change(
        [findings = std::move(findings), origin, memory = m_memory,
         detail = detail.toStdString()](Case &review) -> Result<CaseChange> {
            if (auto done = review.acceptExtents(*memory, origin, findings, detail); !done)
                return done.error();
            return CaseChange::whole(review);
        },
        tr("%n redaction(s) added", nullptr, count));
}

void ReviewSession::addManual(std::function<Result<std::vector<Extent>>()> parts, const QString &comment)
{
    change(
        [parts = std::move(parts), memory = m_memory,
         comment = comment.toStdString()](Case &review) -> Result<CaseChange> {
            auto where = parts();
            if (!where)
                return where.error();
            const auto added = review.addManual(*memory, std::move(*where), comment);
            if (!added)
                return added.error();
            return CaseChange::whole(review);
        },
        tr("Redaction added"));
}

void ReviewSession::setComment(FindingId id, const QString &comment)
{
    expectStep();
    change([id, comment = comment.toStdString()](Case &review) -> Result<CaseChange> {
        if (auto done = review.setComment(id, comment); !done)
            return done.error();
        return CaseChange::of(review, {id});
    });
}

void ReviewSession::moveEdges(FindingId id, int start, int end)
{
    expectStep();
    change([id, start, end, memory = m_memory](Case &review) -> Result<CaseChange> {
        const auto entry = review.finding(id);
        if (!entry)
            return entry.error();
        auto parts = movedParts(*memory, entry->finding, start, end);
        if (!parts)
            return parts.error();
        if (auto done = review.setParts(*memory, id, std::move(*parts)); !done)
            return done.error();
        return CaseChange::of(review, {id});
    });
}

void ReviewSession::travel(bool redo)
{
    const QString what = redo ? redoText() : undoText();
    change(
        [redo](Case &review) -> Result<CaseChange> {
            const auto ids = redo ? review.redo() : review.undo();
            if (!ids)
                return ids.error();
            return CaseChange::of(review, *ids);
        },
        what.isEmpty() ? QString() : (redo ? tr("Done again: %1") : tr("Undone: %1")).arg(what));
}

void ReviewSession::takeDecisions(const QString &path)
{
    if (!isOpen())
        return;
    m_cases.post(
        [path, memory = m_memory](CaseThread::Slot &review) -> Result<TakenDecisions> {
            if (!review)
                return noCase();
            return ui::takeDecisions(*review, *memory, path);
        },
        [this, generation = m_generation](Result<TakenDecisions> &&taken) {
            if (generation != m_generation)
                return;
            if (!taken) {
                report(taken.error());
                return;
            }
            reset(std::move(taken->now));
            Q_EMIT message(taken->text);
            Q_EMIT decisionsTaken(taken->conflicts);
        });
}

void ReviewSession::saveBaseline(const QString &path)
{
    if (!isOpen())
        return;
    m_cases.post(
        [path, memory = m_memory](CaseThread::Slot &review) -> Result<uint64_t> {
            if (!review)
                return noCase();
            return ui::saveBaseline(*review, *memory, path);
        },
        [this, path, generation = m_generation](Result<uint64_t> &&written) {
            if (generation != m_generation)
                return;
            if (!written)
                report(written.error());
            else
                Q_EMIT message(tr("%n decision(s) saved: %1", nullptr, static_cast<int>(*written)).arg(path));
        });
}

void ReviewSession::saveCaseAs(const QString &path)
{
    if (!isOpen())
        return;
    m_cases.post(
        [path, memory = m_memory](CaseThread::Slot &review) -> Result<CaseSteps> {
            if (!review)
                return noCase();
            auto saved = ui::saveCaseAs(*review, path, *memory);
            if (!saved)
                return saved.error();
            review = std::move(*saved);
            return stepsOf(*review);
        },
        [this, path, generation = m_generation](Result<CaseSteps> &&steps) {
            if (generation != m_generation)
                return;
            if (!steps) {
                report(steps.error());
                return;
            }
            m_savedCase = path;
            m_now.steps = std::move(*steps);
            Q_EMIT stepsChanged();
            Q_EMIT message(tr("Case saved: %1").arg(path));
        });
}

} // namespace cryoscope::ui
