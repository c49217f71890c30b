// SPDX-License-Identifier: Apache-2.0
#include "ui/review/previewplan.h"

#include "core/redact/plan.h"

namespace cryoscope::ui
{

PreviewPlan::PreviewPlan(ReviewSession &session, QObject *parent) : QObject(parent), m_session(session)
{
    connect(&session, &ReviewSession::findingsReset, this, &PreviewPlan::outdate);
    connect(&session, &ReviewSession::findingsChanged, this, &PreviewPlan::outdate);
    connect(&session, &ReviewSession::closed, this, [this] { m_patches.reset(); });
}

void PreviewPlan::setWanted(bool wanted)
{
    m_wanted = wanted;
    update();
}

void PreviewPlan::outdate()
{
    m_stale = true;
    update();
}

void PreviewPlan::update()
{
    if (!m_wanted || !m_stale || !m_session.isOpen() || m_job.isRunning())
        return; // asks again when what hinders it is over
    m_stale = false;
    auto patches = std::make_shared<std::map<MemberId, std::vector<Patch>>>();
    m_job.start(
        [patches, memory = m_session.memory(), &cases = m_session.cases()](Progress &, std::stop_token) {
            const auto findings = cases.findings();
            if (!findings)
                return;
            if (const auto plan = RedactionPlan::make(*memory, *findings, Replacement{}))
                *patches = plan->patches();
        },
        [this, patches, memory = m_session.memory()] {
            if (memory == m_session.memory()) {
                m_patches = patches;
                Q_EMIT changed();
            }
            update();
        });
}

} // namespace cryoscope::ui
