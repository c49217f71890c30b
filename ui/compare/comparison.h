// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/export/checkpointdifference.h"
#include "ui/review/reviewsession.h"

#include <optional>

namespace cryoscope::ui
{

/// The checkpoint under review beside another one: opens that, compares both in the background, and keeps how
/// they differ. Lives in the GUI thread.
class Comparison : public QObject
{
    Q_OBJECT
public:
    enum class State { Idle, Running, Done, Failed, Cancelled };

    explicit Comparison(ReviewSession &session, QObject *parent = nullptr);

    /// Compares with the checkpoint at `path`; what is under way is cancelled first.
    void start(const QString &path);
    void cancel();
    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] bool isRunning() const { return m_job.isRunning(); }
    /// Why it failed: what, file and offset.
    [[nodiscard]] QString error() const { return m_error; }

    /// Of the other checkpoint as it was given; empty before the first start.
    [[nodiscard]] QString path() const { return m_path; }
    /// Of the last comparison that was done; null if there is none.
    [[nodiscard]] const CheckpointDifference *difference() const
    {
        return m_difference ? &*m_difference : nullptr;
    }
    /// The checkpoint that is shown and the other one; null before a comparison is done.
    [[nodiscard]] const std::shared_ptr<const Memory> &shown() const { return m_shown; }
    [[nodiscard]] const std::shared_ptr<const Memory> &other() const { return m_other; }
    /// Which of them counts as the earlier one. The one that is shown, unless it was swapped.
    [[nodiscard]] bool isShownBefore() const { return m_shownBefore; }
    void swap();

    /// Whether values of fields are read; else they are forgotten at once. If they were left out before they
    /// are read in the background.
    void setValuesWanted(bool wanted);
    /// Whether difference() has them.
    [[nodiscard]] bool hasValues() const { return m_hasValues; }

Q_SIGNALS:
    /// difference() is about to become another one; changed() follows.
    void aboutToChange();
    void changed();
    /// The values of fields are there now, or forgotten; the rest of difference() is as it was.
    void valuesChanged();
    void stateChanged();
    void progressed(const QString &phase, quint64 done, quint64 total);

private:
    void setState(State state);
    void run();
    void readValues();
    void forget();

    ReviewSession &m_session;
    QString m_path;
    QString m_next; ///< to be compared with when what is under way has ended
    State m_state = State::Idle;
    QString m_error;
    std::shared_ptr<const Memory> m_shown;
    std::shared_ptr<const Memory> m_other;
    std::optional<CheckpointDifference> m_difference;
    bool m_shownBefore = true;
    bool m_valuesWanted = true;
    bool m_hasValues = false;
    Job m_job; ///< last: ends before what it uses goes
};

} // namespace cryoscope::ui
