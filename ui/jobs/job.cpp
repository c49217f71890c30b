// SPDX-License-Identifier: Apache-2.0
#include "ui/jobs/job.h"

#include <QTimer>

namespace cryoscope::ui
{

Job::Job(QObject *parent) : QObject(parent), m_timer(new QTimer(this))
{
    m_timer->setInterval(100);
    connect(m_timer, &QTimer::timeout, this, [this] {
        Q_EMIT progressed(QString::fromStdString(m_progress.phase()), m_progress.done(), m_progress.total());
    });
}

Job::~Job()
{
    m_thread.request_stop();
    if (m_thread.joinable())
        m_thread.join(); // before anything that the work uses goes
}

void Job::start(Work work, std::function<void()> done)
{
    Q_ASSERT(!m_running);
    if (m_thread.joinable())
        m_thread.join();
    m_running = true;
    m_progress.begin({}, 0);
    m_timer->start();
    m_thread = std::jthread([this, work = std::move(work), done = std::move(done)](std::stop_token stop) {
        work(m_progress, std::move(stop));
        // Queued to this object: an event for one that is gone is dropped.
        QMetaObject::invokeMethod(
            this,
            [this, done] {
                m_running = false;
                m_timer->stop();
                done();
            },
            Qt::QueuedConnection);
    });
}

void Job::cancel()
{
    m_thread.request_stop();
}

} // namespace cryoscope::ui
