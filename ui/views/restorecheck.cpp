// SPDX-License-Identifier: Apache-2.0
#include "ui/views/restorecheck.h"

#include "core/memory/completeness.h"
#include "ui/views/workspace.h"

namespace cryoscope::ui
{

RestoreCheck::RestoreCheck(ReviewSession &session, Workspace &workspace, QObject *parent)
    : QObject(parent), m_session(session), m_workspace(workspace)
{
    connect(&session, &ReviewSession::closed, this, [this] {
        if (m_job.isRunning())
            m_job.cancel();
    });
}

void RestoreCheck::start()
{
    if (m_job.isRunning()) {
        m_job.cancel(); // its end looks at what is open then
        return;
    }
    const auto memory = m_session.memory();
    if (!memory)
        return;
    auto checked = std::make_shared<Completeness>();
    m_job.start(
        [memory, checked](Progress &, std::stop_token stop) { *checked = checkCompleteness(*memory, stop); },
        [this, memory, checked] {
            if (memory == m_session.memory())
                m_workspace.addCompleteness(*checked);
            else
                start();
        });
}

} // namespace cryoscope::ui
