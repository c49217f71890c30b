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
    for (;;) {
        std::function<void()> item;
        {
            std::unique_lock lock(m_mutex);
            m_wake.wait(lock, [this] { return m_ending || !m_items.empty(); });
            if (m_items.empty()) {
                m_slot.reset();
                return;
            }
            item = std::move(m_items.front());
            m_items.pop_front();
        }
        item();
    }
}

} // namespace cryoscope::ui
