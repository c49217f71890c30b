// SPDX-License-Identifier: Apache-2.0
#include "ui/review/previewplan.h"

#include "core/redact/plan.h"

namespace cryoscope::ui
{

PreviewPlan::PreviewPlan(ReviewSession &session, Of of, QObject *parent)
    : QObject(parent), m_session(session), m_of(of)
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
    auto patches = std::make_shared<PreviewPatches>();
    m_job.start(
        [patches, memory = m_session.memory(), &cases = m_session.cases(), of = m_of](Progress &,
                                                                                      std::stop_token) {
            auto findings = cases.findings();
            auto replacement = of == Of::All ? Replacement::parse("fill:*") : Result(Replacement{});
            if (!findings || !replacement)
                return;
            for (size_t i = 0; of == Of::All && i < findings->size(); ++i)
                (*findings)[i].decision = Decision::Accepted;
            if (const auto plan = RedactionPlan::make(*memory, *findings, *replacement))
                *patches = std::make_shared<const std::map<MemberId, std::vector<Patch>>>(plan->patches());
        },
        [this, patches, memory = m_session.memory()] {
            if (memory == m_session.memory()) {
                m_patches = *patches;
                Q_EMIT changed();
            }
            update();
        });
}

} // namespace cryoscope::ui
