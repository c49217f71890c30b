// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/review/case.h"

#include <QObject>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

namespace cryoscope::ui
{

/// The thread that owns the case: whatever reads or writes it is given to this thread, and done one after the
/// other in the order in which it was given. So a decision never waits for a disk in the GUI thread, and
/// nothing overtakes it on its way to the disk. While nobody wants anything it tidies the case. Lives in the
/// GUI thread; deleting it does all that was given first.
class CaseThread : public QObject
{
    Q_OBJECT
public:
    /// The case; null while there is none. Work may put another one there.
    using Slot = std::unique_ptr<Case>;

    explicit CaseThread(QObject *parent = nullptr);
    ~CaseThread() override;

    /// Does `work(Slot &)` on the thread, then `done` with its result in the GUI thread. Never waits.
    template <class Work, class Done> void post(Work work, Done done)
    {
        add([this, work = std::move(work), done = std::move(done)]() mutable {
            auto result = std::make_shared<decltype(work(m_slot))>(work(m_slot));
            QMetaObject::invokeMethod(
                this, [result, done = std::move(done)]() mutable { done(std::move(*result)); },
                Qt::QueuedConnection);
        });
    }
    /// Does `work(Slot &)` on the thread and waits for its result: for threads of jobs, never for the GUI
    /// thread.
    template <class Work> auto call(Work work)
    {
        using Value = decltype(work(m_slot));
        auto promise = std::make_shared<std::promise<Value>>();
        auto result = promise->get_future();
        add([this, promise, work = std::move(work)]() mutable { promise->set_value(work(m_slot)); });
        return result.get();
    }
    /// All findings of the case, by call(); none if there is no case.
    [[nodiscard]] Result<std::vector<CaseFinding>> findings();

private:
    void add(std::function<void()> item);
    void run();

    static constexpr std::chrono::milliseconds m_idle{400}; ///< after which it tidies

    std::mutex m_mutex; ///< of the next three
    std::condition_variable m_wake;
    std::deque<std::function<void()>> m_items;
    bool m_ending = false;
    Slot m_slot; ///< touched by the thread alone
    std::thread m_thread;
};

} // namespace cryoscope::ui
