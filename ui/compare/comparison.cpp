// SPDX-License-Identifier: Apache-2.0
#include "ui/compare/comparison.h"

#include <utility>

namespace cryoscope::ui
{

namespace
{

/// Opens the other checkpoint. Of several image sets the one that is shown of the first, if it is there.
Result<std::shared_ptr<const Memory>> openOther(const std::string &path, const Checkpoint &shown,
                                                Progress &progress, const std::stop_token &stop)
{
    Checkpoint::OpenOptions options;
    if (shown.imageSets().size() > 1)
        options.set = shown.imagePrefix().empty() ? "." : shown.imagePrefix();
    auto checkpoint = Checkpoint::open(path, options, &progress, stop);
    if (!checkpoint && options.set && checkpoint.error().code == ErrorCode::NotFound)
        checkpoint = Checkpoint::open(path, {}, &progress, stop);
    if (!checkpoint)
        return checkpoint.error();
    return Memory::load(*checkpoint, &progress, stop);
}

} // namespace

Comparison::Comparison(ReviewSession &session, QObject *parent) : QObject(parent), m_session(session)
{
    connect(&session, &ReviewSession::closed, this, &Comparison::forget);
    connect(&m_job, &Job::progressed, this, &Comparison::progressed);
}

void Comparison::setState(State state)
{
    m_state = state;
    Q_EMIT stateChanged();
}

void Comparison::start(const QString &path)
{
    m_next = path;
    if (m_job.isRunning())
        m_job.cancel(); // its end begins the next one
    else
        run();
}

void Comparison::cancel()
{
    m_next.clear();
    m_job.cancel();
}

void Comparison::forget()
{
    cancel();
    Q_EMIT aboutToChange();
    m_difference.reset();
    m_shown.reset();
    m_other.reset();
    m_hasValues = false;
    m_shownBefore = true;
    m_path.clear();
    m_error.clear();
    Q_EMIT changed();
    setState(State::Idle);
}

void Comparison::run()
{
    const QString path = std::exchange(m_next, {});
    const auto shown = m_session.memory();
    if (path.isEmpty() || !shown)
        return;
    Q_EMIT aboutToChange();
    m_difference.reset();
    m_path = path;
    m_error.clear();
    m_hasValues = false;
    Q_EMIT changed();
    struct Made {
        std::shared_ptr<const Memory> other;
        std::optional<Result<CheckpointDifference>> difference;
    };
    auto made = std::make_shared<Made>();
    m_job.start(
        [made, shown, path = path.toStdString(), before = m_shownBefore,
         values = m_valuesWanted](Progress &progress, const std::stop_token &stop) {
            auto other = openOther(path, shown->checkpoint(), progress, stop);
            if (!other) {
                made->difference = other.error();
                return;
            }
            made->other = *other;
            made->difference = before ? compareCheckpoints(*shown, **other, values, &progress, stop)
                                      : compareCheckpoints(**other, *shown, values, &progress, stop);
        },
        [this, made, shown, before = m_shownBefore, values = m_valuesWanted] {
            if (!m_next.isEmpty()) {
                run();
                return;
            }
            if (shown != m_session.memory()) {
                setState(State::Idle); // closed in the meantime
                return;
            }
            if (!made->difference->ok()) {
                const Error &error = made->difference->error();
                m_error = QString::fromStdString(error.describe());
                setState(error.code == ErrorCode::Cancelled ? State::Cancelled : State::Failed);
                return;
            }
            Q_EMIT aboutToChange();
            m_shown = shown;
            m_other = made->other;
            m_difference = std::move(**made->difference);
            if (before != m_shownBefore)
                m_difference = reversed(std::move(*m_difference));
            m_hasValues = values && m_valuesWanted;
            if (!m_hasValues)
                dropValues(*m_difference);
            Q_EMIT changed();
            setState(State::Done);
            readValues();
        });
    setState(State::Running);
}

void Comparison::swap()
{
    m_shownBefore = !m_shownBefore;
    Q_EMIT aboutToChange();
    if (m_difference)
        m_difference = reversed(std::move(*m_difference));
    Q_EMIT changed();
}

void Comparison::setValuesWanted(bool wanted)
{
    m_valuesWanted = wanted;
    if (!wanted && m_hasValues) {
        dropValues(*m_difference);
        m_hasValues = false;
        Q_EMIT valuesChanged();
    }
    readValues();
}

void Comparison::readValues()
{
    if (!m_valuesWanted || m_hasValues || !m_difference || m_job.isRunning())
        return; // asks again when what is under way has ended
    struct Made {
        CheckpointDifference difference;
        std::optional<Error> error;
    };
    auto made = std::make_shared<Made>();
    made->difference = *m_difference;
    m_job.start(
        [made, before = m_shownBefore ? m_shown : m_other,
         after = m_shownBefore ? m_other : m_shown](Progress &, const std::stop_token &stop) {
            if (auto done = addValues(*before, *after, made->difference, stop); !done)
                made->error = done.error();
        },
        [this, made, shown = m_shown, before = m_shownBefore] {
            if (!m_next.isEmpty()) {
                run();
                return;
            }
            setState(m_state); // no longer busy
            if (!m_difference || shown != m_shown)
                return; // closed in the meantime
            if (before != m_shownBefore) {
                dropValues(made->difference);
                readValues(); // swapped in the meantime
                return;
            }
            if (!m_valuesWanted || made->error) {
                dropValues(made->difference);
                return; // dots and lengths stand in their place
            }
            m_difference = std::move(made->difference);
            m_hasValues = true;
            Q_EMIT valuesChanged();
        });
    setState(m_state);
}

} // namespace cryoscope::ui
