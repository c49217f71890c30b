// SPDX-License-Identifier: Apache-2.0
#include "ui/review/reviewsession.h"

#include "core/review/copies.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>

#include <algorithm>
#include <atomic>

namespace cryoscope::ui
{

namespace
{

bool isCase(const QString &path)
{
    QFile file(path);
    return QFileInfo(path).isFile() && file.open(QIODevice::ReadOnly) && file.read(15) == "SQLite format 3";
}

/// Where the case of a checkpoint is kept until the user saves it somewhere.
QString ownCasePath(const QString &checkpoint)
{
    const QString folder =
        QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + QStringLiteral("/reviews");
    QDir().mkpath(folder);
    const QFileInfo info(checkpoint);
    const QByteArray key =
        QCryptographicHash::hash(info.canonicalFilePath().toUtf8(), QCryptographicHash::Sha256).toHex();
    return folder + QLatin1Char('/') + info.fileName() + QLatin1Char('-') +
           QString::fromLatin1(key.left(12)) + QStringLiteral(".cryoscope");
}

Result<std::unique_ptr<Case>> openOwnCase(const QString &checkpoint, const Memory &memory)
{
    const QString path = ownCasePath(checkpoint);
    if (QFileInfo::exists(path)) {
        auto opened = Case::open(path.toStdString(), &memory);
        if (opened)
            return opened;
        if (opened.error().code == ErrorCode::InputUnreadable)
            return Case::create({}, memory); // open in another window: review beside it, in memory
        // Of another checkpoint that had this path: kept, under another name.
        QFile::rename(path, path + QStringLiteral(".") +
                                QString::number(QFileInfo(path).lastModified().toSecsSinceEpoch()));
    }
    auto made = Case::create(path.toStdString(), memory);
    return made ? std::move(made) : Case::create({}, memory);
}

} // namespace

/// What opening in the background brings.
struct ReviewSession::Opened {
    std::shared_ptr<const Memory> memory;
    std::unique_ptr<Case> review;
    std::vector<CaseFinding> findings;
    QString path;
    QString casePath;
    std::optional<Error> error;
};

ReviewSession::ReviewSession(QObject *parent) : QObject(parent)
{
    connect(&m_job, &Job::progressed, this, &ReviewSession::progressed);
}

ReviewSession::~ReviewSession() = default;

void ReviewSession::start(Job::Work work, std::function<void()> done)
{
    m_job.start(std::move(work), [this, done = std::move(done)] {
        done();
        Q_EMIT busyChanged();
    });
    Q_EMIT busyChanged();
}

void ReviewSession::report(const Error &error)
{
    Q_EMIT failed(QString::fromStdString(error.describe()));
}

void ReviewSession::open(const QString &path)
{
    if (isBusy())
        return;
    close();
    auto opened = std::make_shared<Opened>();
    opened->path = path;
    start(
        [opened](Progress &progress, std::stop_token stop) {
            if (isCase(opened->path)) {
                opened->casePath = opened->path;
                auto review = Case::open(opened->path.toStdString());
                if (!review) {
                    opened->error = review.error();
                    return;
                }
                opened->path = QString::fromStdString((*review)->checkpointPath());
            }
            auto checkpoint = Checkpoint::open(opened->path.toStdString(), {}, &progress, stop);
            if (!checkpoint) {
                opened->error = checkpoint.error();
                return;
            }
            auto memory = Memory::load(*checkpoint, &progress, stop);
            if (!memory) {
                opened->error = memory.error();
                return;
            }
            auto review = opened->casePath.isEmpty()
                              ? openOwnCase(opened->path, **memory)
                              : Case::open(opened->casePath.toStdString(), memory->get());
            if (!review) {
                opened->error = review.error();
                return;
            }
            auto findings = (*review)->findings();
            if (!findings) {
                opened->error = findings.error();
                return;
            }
            opened->memory = std::move(*memory);
            opened->review = std::move(*review);
            opened->findings = std::move(*findings);
        },
        [this, opened] { takeOpened(*opened); });
}

void ReviewSession::takeOpened(Opened &opened)
{
    if (opened.error) {
        report(*opened.error);
        return;
    }
    Q_EMIT findingsAboutToReset();
    m_memory = std::move(opened.memory);
    m_case = std::move(opened.review);
    m_path = opened.path;
    m_savedCase = opened.casePath;
    m_findings = std::move(opened.findings);
    m_index.clear();
    for (size_t i = 0; i < m_findings.size(); ++i)
        m_index[m_findings[i].id] = i;
    Q_EMIT findingsReset();
    Q_EMIT this->opened();
}

void ReviewSession::close()
{
    if (!isOpen())
        return;
    Q_EMIT findingsAboutToReset();
    m_memory.reset();
    m_case.reset();
    m_findings.clear();
    m_index.clear();
    m_summary.reset();
    m_path.clear();
    m_savedCase.clear();
    Q_EMIT findingsReset();
    Q_EMIT closed();
}

const CaseFinding *ReviewSession::finding(FindingId id) const
{
    const auto found = m_index.find(id);
    return found == m_index.end() ? nullptr : &m_findings[found->second];
}

size_t ReviewSession::decided() const
{
    return static_cast<size_t>(
        std::count_if(m_findings.begin(), m_findings.end(),
                      [](const CaseFinding &entry) { return entry.decision != Decision::Undecided; }));
}

void ReviewSession::reload()
{
    if (!m_case)
        return;
    auto findings = m_case->findings();
    if (!findings) {
        report(findings.error());
        return;
    }
    Q_EMIT findingsAboutToReset();
    m_findings = std::move(*findings);
    m_index.clear();
    for (size_t i = 0; i < m_findings.size(); ++i)
        m_index[m_findings[i].id] = i;
    Q_EMIT findingsReset();
}

void ReviewSession::startScan()
{
    if (!isOpen() || isBusy())
        return;
    struct State {
        std::vector<Finding> found;
        std::optional<Error> error;
        std::optional<ScanSummary> summary;
        bool cancelled = false;
    };
    auto state = std::make_shared<State>();
    Case *review = m_case.get(); // lent until the work is done
    start(
        [this, state, review, memory = m_memory](Progress &progress, std::stop_token stop) {
            const auto rules = RuleSet::builtIn();
            if (!rules) {
                state->error = rules.error();
                return;
            }
            const auto sink = [this, state](std::vector<Finding> &&batch) {
                state->found.insert(state->found.end(), std::make_move_iterator(batch.begin()),
                                    std::make_move_iterator(batch.end()));
                const auto count = static_cast<quint64>(state->found.size());
                QMetaObject::invokeMethod(
                    this, [this, count] { Q_EMIT foundSoFar(count); }, Qt::QueuedConnection);
            };
            auto summary = Scanner(memory, *rules).run({}, sink, &progress, stop);
            if (!summary) {
                state->cancelled = summary.error().code == ErrorCode::Cancelled;
                if (!state->cancelled) {
                    state->error = summary.error();
                    return;
                }
            } else {
                state->summary = std::move(*summary);
            }
            // What a cancelled scan has found is kept; its version is left empty, so that it counts as not
            // scanned.
            if (auto done = review->replaceScan(*memory, state->found,
                                                state->cancelled ? std::string() : (*rules)->version());
                !done)
                state->error = done.error();
        },
        [this, state] {
            m_summary = state->summary;
            reload();
            if (state->error)
                report(*state->error);
            else
                Q_EMIT message(state->cancelled ? tr("Scan cancelled; %n finding(s) so far", nullptr,
                                                     static_cast<int>(m_findings.size()))
                                                : tr("Scan finished: %n finding(s)", nullptr,
                                                     static_cast<int>(m_findings.size())));
        });
}

void ReviewSession::refresh(const std::vector<FindingId> &ids)
{
    for (const FindingId id : ids) {
        const auto found = m_index.find(id);
        auto now = m_case->finding(id);
        if (found == m_index.end() || !now) {
            reload(); // one came or went
            return;
        }
        m_findings[found->second] = std::move(*now);
    }
    Q_EMIT findingsChanged(ids);
}

void ReviewSession::decide(const std::vector<FindingId> &ids, Decision decision, Reason reason)
{
    if (!m_case || isBusy() || ids.empty())
        return;
    if (auto done = m_case->decide(ids, decision, reason); !done) {
        report(done.error());
        return;
    }
    refresh(ids);
}

void ReviewSession::copiesOf(std::vector<CaseFinding> accepted, std::function<void()> then)
{
    struct State {
        std::optional<Error> error;
        uint64_t changed = 0;
    };
    auto state = std::make_shared<State>();
    Case *review = m_case.get();
    start(
        [state, review, memory = m_memory, accepted = std::move(accepted)](Progress &progress,
                                                                           std::stop_token stop) {
            const auto copies = findCopies(*memory, accepted, &progress, stop);
            if (!copies) {
                state->error = copies.error();
                return;
            }
            const auto changed =
                review->acceptExtents(*memory, Origin::Copy, copies->found, "copies of accepted values");
            if (!changed)
                state->error = changed.error();
            else
                state->changed = *changed;
        },
        [this, state, then] {
            reload();
            if (state->error && state->error->code != ErrorCode::Cancelled)
                report(*state->error);
            else if (!state->error)
                Q_EMIT message(
                    tr("Accepted with %n more place(s)", nullptr, static_cast<int>(state->changed)));
            if (then)
                then();
        });
}

void ReviewSession::acceptAllCopies(FindingId id)
{
    const CaseFinding *entry = finding(id);
    if (entry == nullptr || isBusy())
        return;
    // Accepting happens with the copies, as one step to undo.
    std::vector<CaseFinding> accepted{*entry};
    accepted.front().decision = Decision::Accepted;
    copiesOf(std::move(accepted), {});
}

void ReviewSession::acceptAllCopies(std::function<void()> then)
{
    if (!isOpen() || isBusy())
        return;
    copiesOf(m_findings, std::move(then));
}

void ReviewSession::addManual(std::vector<Extent> parts, const QString &comment)
{
    if (!m_case || isBusy())
        return;
    const auto added = m_case->addManual(*m_memory, std::move(parts), comment.toStdString());
    if (!added) {
        report(added.error());
        return;
    }
    reload();
    Q_EMIT message(tr("Redaction added"));
}

void ReviewSession::setComment(FindingId id, const QString &comment)
{
    if (!m_case || isBusy())
        return;
    if (auto done = m_case->setComment(id, comment.toStdString()); !done)
        report(done.error());
    else
        refresh({id});
}

void ReviewSession::setParts(FindingId id, std::vector<Extent> parts)
{
    if (!m_case || isBusy())
        return;
    if (auto done = m_case->setParts(*m_memory, id, std::move(parts)); !done)
        report(done.error());
    else
        refresh({id});
}

void ReviewSession::undo()
{
    if (!m_case || isBusy() || !m_case->canUndo())
        return;
    const QString what = QString::fromStdString(m_case->undoText());
    const auto ids = m_case->undo();
    if (!ids) {
        report(ids.error());
        return;
    }
    reload();
    Q_EMIT message(tr("Undone: %1").arg(what));
}

void ReviewSession::redo()
{
    if (!m_case || isBusy() || !m_case->canRedo())
        return;
    const QString what = QString::fromStdString(m_case->redoText());
    const auto ids = m_case->redo();
    if (!ids) {
        report(ids.error());
        return;
    }
    reload();
    Q_EMIT message(tr("Done again: %1").arg(what));
}

void ReviewSession::saveCaseAs(const QString &path)
{
    if (!m_case || isBusy())
        return;
    if (auto done = m_case->saveCopy(path.toStdString()); !done) {
        report(done.error());
        return;
    }
    auto reopened = Case::open(path.toStdString(), m_memory.get());
    if (!reopened) {
        report(reopened.error());
        return;
    }
    m_case = std::move(*reopened);
    m_savedCase = path;
    reload();
    Q_EMIT message(tr("Case saved: %1").arg(path));
}

} // namespace cryoscope::ui
