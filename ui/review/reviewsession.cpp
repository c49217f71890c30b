// SPDX-License-Identifier: Apache-2.0
#include "ui/review/reviewsession.h"

#include "ui/review/edges.h"
#include "ui/review/ownedcase.h"

#include <algorithm>

namespace cryoscope::ui
{

namespace
{

constexpr int slowStep = 150; ///< milliseconds after which the user is told that a step takes its time

} // namespace

ReviewSession::ReviewSession(QObject *parent) : QObject(parent)
{
    m_slowTimer.setSingleShot(true);
    m_slowTimer.setInterval(slowStep);
    connect(&m_slowTimer, &QTimer::timeout, this, [this] {
        m_slow = true;
        Q_EMIT busyChanged();
    });
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

/// Gives a step to the case's thread; `done` gets its result, unless something else is open by then.
template <class Step, class Done> void ReviewSession::post(Step step, Done done)
{
    if (m_steps++ == 0)
        m_slowTimer.start();
    m_cases.post(
        [step = std::move(step)](CaseThread::Slot &review) mutable -> decltype(step(*review)) {
            if (!review)
                return noCase();
            return step(*review);
        },
        [this, generation = m_generation, done = std::move(done)](auto &&result) mutable {
            if (generation != m_generation)
                return;
            endStep();
            done(std::forward<decltype(result)>(result));
        });
}

void ReviewSession::endStep()
{
    if (--m_steps > 0)
        return;
    m_slowTimer.stop();
    if (std::exchange(m_slow, false))
        Q_EMIT busyChanged();
}

/// Gives a step to the case's thread and takes what it changed.
template <class Step> void ReviewSession::change(Step step, QString done)
{
    if (!isOpen())
        return;
    post(std::move(step), [this, done = std::move(done)](Result<CaseChange> &&changed) {
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

/// The window shows the checkpoint, and the first findings, while the others are read: there may be a
/// million.
void ReviewSession::loadFindings()
{
    m_loading = true;
    struct Begun {
        std::shared_ptr<CaseReader> reader;
        CaseSnapshot now;
    };
    m_cases.post(
        [part = m_part](CaseThread::Slot &review) -> Result<Begun> {
            if (!review)
                return noCase();
            auto reader = CaseReader::make(*review);
            if (!reader)
                return reader.error();
            auto first = (*reader)->next(*review, part);
            if (!first)
                return first.error();
            Begun begun{*reader, {(*reader)->list(), stepsOf(*review), !review->rulesVersion().empty()}};
            begun.now.findings.add(std::move(*first));
            return begun;
        },
        [this, generation = m_generation, reading = ++m_reading](Result<Begun> &&begun) {
            if (generation != m_generation || reading != m_reading)
                return;
            if (!begun) {
                close(); // without its findings it must not be worked on
                report(begun.error());
                return;
            }
            const bool whole = begun->reader->isDone();
            if (whole)
                m_loading = false;
            reset(std::move(begun->now));
            if (whole)
                Q_EMIT busyChanged();
            else
                loadMore(begun->reader);
        });
}

/// Steps that are made meanwhile come between two parts, and what they change of findings that are not there
/// yet is read with these.
void ReviewSession::loadMore(const std::shared_ptr<CaseReader> &reader)
{
    m_cases.post(
        [reader, part = m_part](CaseThread::Slot &review) -> Result<FindingPart> {
            if (!review)
                return noCase();
            return reader->next(*review, part);
        },
        [this, reader, generation = m_generation, reading = m_reading](Result<FindingPart> &&part) {
            if (generation != m_generation || reading != m_reading)
                return;
            if (!part) {
                if (part.error().code == ErrorCode::NotFound) { // a step took one away
                    loadFindings();
                } else {
                    close();
                    report(part.error());
                }
                return;
            }
            m_now.findings.add(std::move(*part));
            const bool whole = m_now.findings.size() == m_now.findings.total();
            if (!whole)
                loadMore(reader); // read while this one is shown
            else
                m_loading = false;
            Q_EMIT findingsAdded();
            if (whole) {
                Q_EMIT findingsLoaded();
                Q_EMIT busyChanged();
            }
        });
}

/// What was not read yet is not awaited any more: all is there.
void ReviewSession::endLoading()
{
    ++m_reading;
    if (std::exchange(m_loading, false))
        Q_EMIT busyChanged();
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
    m_steps = 0;
    m_slow = false;
    m_slowTimer.stop();
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

std::optional<CaseFinding> ReviewSession::finding(FindingId id) const
{
    const auto position = m_now.findings.position(id);
    return position ? std::optional(m_now.findings[*position]) : std::nullopt;
}

void ReviewSession::reset(CaseSnapshot &&now)
{
    ++m_taken;
    Q_EMIT findingsAboutToReset();
    std::swap(m_now, now);
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
    ++m_taken;
    if (!change) {
        const ErrorCode code = change.error().code;
        if (code == ErrorCode::Usage || code == ErrorCode::NotFound) {
            Q_EMIT message(QString::fromStdString(change.error().describe())); // of what was asked
            this->change([](Case &review) {                                    // what undo does now
                return CaseChange::of(review, {}, {}, nullptr);
            });
            return;
        }
        report(change.error());
        if (!std::exchange(m_reloading, true)) // what was shown at once may not be so
            reload();
        return;
    }
    m_reloading = false;
    if (change->all) {
        endLoading();
        reset(std::move(*change->all));
        return;
    }
    FindingList &findings = m_now.findings;
    if (!change->ranges.empty() && !change->table.isOfSame(findings.table())) {
        reload(); // the list has become another one meanwhile
        return;
    }
    std::vector<FindingId> ids;
    std::vector<FindingId> moved;
    size_t judged = 0;
    for (const ChangedFinding &one : change->judged) {
        const auto position = findings.position(one.id);
        if (position && findings.judge(*position, one.decision, one.reason) && ++judged <= CaseChange::many)
            ids.push_back(one.id);
    }
    for (const JudgedRange &one : change->ranges)
        judged += findings.judge(one.positions, one.decision, one.reason);
    for (const CaseFinding &now : change->findings) {
        const auto position = findings.position(now.id);
        if (!position && !m_loading) {
            reload(); // one came
            return;
        }
        if (!position)
            continue; // is read as it is now
        ids.push_back(now.id);
        if (findings.take(*position, now))
            moved.push_back(now.id);
    }
    m_now.steps = std::move(change->steps);
    if (!moved.empty())
        Q_EMIT partsChanged(moved);
    if (judged > CaseChange::many || !change->ranges.empty())
        Q_EMIT findingsChanged({});
    else if (!ids.empty())
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
            endLoading();
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
    size_t count = 0;
    for (const FindingId id : ids) {
        const auto position = m_now.findings.position(id);
        if (position && m_now.findings.judge(*position, decision, reason) && ++count <= CaseChange::many)
            changed.push_back(id);
    }
    if (count > CaseChange::many)
        changed.clear();
    if (count > 0)
        Q_EMIT findingsChanged(changed);
}

void ReviewSession::apply(const std::vector<PositionRange> &where, Decision decision, Reason reason)
{
    size_t count = 0;
    for (const PositionRange &range : where)
        count += m_now.findings.judge(range, decision, reason);
    if (count > 0)
        Q_EMIT findingsChanged({});
}

void ReviewSession::decideAt(std::vector<PositionRange> where, Decision decision, Reason reason)
{
    if (!isOpen() || where.empty())
        return;
    apply(where, decision, reason);
    expectStep();
    const auto about = std::make_shared<const std::vector<PositionRange>>(std::move(where));
    post(
        [about, decision, reason, table = m_now.findings.table()](Case &review) -> Result<CaseSteps> {
            std::vector<FindingId> ids;
            for (const PositionRange &range : *about) {
                for (size_t at = range.first; at < range.end && at < table.size(); ++at)
                    ids.push_back(table.idAt(at));
            }
            if (auto done = review.decide(ids, decision, reason); !done)
                return done.error();
            return stepsOf(review);
        },
        [this, about, decision, reason, taken = m_taken,
         table = m_now.findings.table()](Result<CaseSteps> &&steps) {
            if (!steps) {
                report(steps.error());
                reload();
                return;
            }
            const bool paintedOver = std::exchange(m_taken, m_taken + 1) != taken;
            m_now.steps = std::move(*steps);
            Q_EMIT stepsChanged();
            if (!table.isOfSame(m_now.findings.table()))
                reload(); // the list has become another one, read before this
            else if (paintedOver)
                apply(*about, decision, reason);
        });
}

void ReviewSession::decide(std::vector<FindingId> ids, Decision decision, Reason reason)
{
    if (!isOpen() || ids.empty())
        return;
    apply(ids, decision, reason);
    expectStep();
    const auto about = std::make_shared<const std::vector<FindingId>>(std::move(ids)); // it may be a million
    post(
        [about, decision, reason](Case &review) -> Result<CaseSteps> {
            if (auto done = review.decide(*about, decision, reason); !done)
                return done.error();
            return stepsOf(review);
        },
        [this, about, decision, reason, taken = m_taken](Result<CaseSteps> &&steps) {
            if (!steps) {
                report(steps.error());
                reload();
                return;
            }
            if (std::exchange(m_taken, m_taken + 1) !=
                taken) // an older step's answer may have painted over it
                apply(*about, decision, reason);
            m_now.steps = std::move(*steps);
            Q_EMIT stepsChanged();
        });
}

void ReviewSession::searchCopies(FindingId id)
{
    if (!finding(id) || isBusy())
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
                endLoading();
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
                endLoading();
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
        return CaseChange::of(review, id);
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
        return CaseChange::of(review, id);
    });
}

void ReviewSession::travel(bool redo)
{
    const QString what = redo ? redoText() : undoText();
    change(
        [redo, table = m_now.findings.table(),
         index = m_now.findings.index()](Case &review) -> Result<CaseChange> {
            auto changed = redo ? review.redo() : review.undo();
            if (!changed)
                return changed.error();
            return CaseChange::of(review, std::move(*changed), table, index);
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
            endLoading();
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
