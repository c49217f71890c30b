// SPDX-License-Identifier: Apache-2.0
#include "ui/review/casethread.h"

namespace cryoscope::ui
{

CaseThread::CaseThread(QObject *parent) : QObject(parent), m_thread([this] { run(); }) {}

CaseThread::~CaseThread()
{
    {
        const std::lock_guard lock(m_mutex);
        m_ending = true;
    }
    m_wake.notify_one();
    m_thread.join();
}

Result<std::vector<CaseFinding>> CaseThread::findings()
{
    return call([](Slot &review) {
        return review ? review->findings() : Result<std::vector<CaseFinding>>(std::vector<CaseFinding>());
    });
}

void CaseThread::add(std::function<void()> item)
{
    {
        const std::lock_guard lock(m_mutex);
        m_items.push_back(std::move(item));
    }
    m_wake.notify_one();
}

void CaseThread::run()
{
    bool tidied = true;
    bool more = false; // to be tidied at once
    for (;;) {
        std::function<void()> item;
        {
            std::unique_lock lock(m_mutex);
            const auto wanted = [this] { return m_ending || !m_items.empty(); };
            if (tidied) {
                m_wake.wait(lock, wanted);
            } else if (!m_wake.wait_for(lock, more ? std::chrono::milliseconds(0) : m_idle, wanted)) {
                lock.unlock();
                more = m_slot && m_slot->tidy();
                tidied = !more;
                continue;
            }
            if (m_items.empty()) {
                m_slot.reset();
                return;
            }
            item = std::move(m_items.front());
            m_items.pop_front();
        }
        item();
        tidied = more = false;
    }
}

} // namespace cryoscope::ui
