// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/progress.h"

#include <QObject>
#include <QString>

#include <functional>
#include <memory>
#include <stop_token>
#include <thread>

class QTimer;

namespace cryoscope::ui
{

/// One piece of long work on a thread of its own. Lives in the GUI thread; deleting it cancels the work and
/// waits for it to end.
class Job : public QObject
{
    Q_OBJECT
public:
    using Work = std::function<void(Progress &progress, std::stop_token stop)>;

    explicit Job(QObject *parent = nullptr);
    ~Job() override;

    /// Runs `work` on a thread, then `done` in the GUI thread (not if the job was deleted before). One work
    /// at a time.
    void start(Work work, std::function<void()> done);
    void cancel();
    [[nodiscard]] bool isRunning() const { return m_running; }

Q_SIGNALS:
    /// About ten times a second while it runs; bytes, `total` 0: not known.
    void progressed(const QString &phase, quint64 done, quint64 total);

private:
    Progress m_progress;
    QTimer *m_timer;
    std::jthread m_thread;
    bool m_running = false;
};

} // namespace cryoscope::ui
