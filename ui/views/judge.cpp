// SPDX-License-Identifier: Apache-2.0
#include "ui/views/judge.h"

#include "ui/hexview/hexview.h"
#include "ui/views/findingpanel.h"
#include "ui/views/navigator.h"
#include "ui/views/workspace.h"

#include <QInputDialog>

namespace cryoscope::ui
{

Judge::Judge(ReviewSession &session, Workspace &workspace, Navigator &navigator, QObject *parent)
    : QObject(parent), m_session(session), m_workspace(workspace), m_navigator(navigator)
{
}

void Judge::decide(Decision decision, Reason reason)
{
    FindingPanel *panel = m_workspace.findings();
    if (panel->current() == 0)
        return;
    if (panel->chosenCount() > CaseChange::many)
        m_session.decideAt(panel->chosenPositions(), decision, reason);
    else
        m_session.decide(panel->chosen(), decision, reason);
    if (decision != Decision::Undecided)
        panel->step(true, true);
}

void Judge::rejectAs(Reason reason)
{
    const std::vector<FindingId> ids = m_workspace.findings()->chosen();
    if (ids.empty())
        return;
    if (reason == Reason::Other) {
        bool done = false;
        const QString text =
            QInputDialog::getText(&m_workspace, tr("Reject"), tr("Why (kept in the case; not the value)"),
                                  QLineEdit::Normal, QString(), &done);
        if (!done)
            return;
        for (const FindingId id : ids) {
            if (!text.isEmpty())
                m_session.setComment(id, text);
        }
    }
    m_lastReason = reason;
    decide(Decision::Rejected, reason);
}

void Judge::acceptCopies()
{
    if (const FindingId id = m_workspace.findings()->current())
        m_session.searchCopies(id);
}

void Judge::comment()
{
    const auto entry = m_session.finding(m_workspace.findings()->current());
    if (!entry)
        return;
    const FindingId id = entry->id;
    bool done = false;
    const QString text = QInputDialog::getText(
        &m_workspace, tr("Comment"), tr("Comment (kept in the case; do not write the value)"),
        QLineEdit::Normal, QString::fromStdString(entry->comment), &done);
    if (done)
        m_session.setComment(id, text);
}

void Judge::redactSelection()
{
    const HexSelection selection = m_workspace.hex()->selection();
    const ByteTarget &target = m_navigator.target();
    if (!m_session.isOpen() || target.kind == ByteTarget::Kind::None)
        return;
    if (selection.length == 0) {
        Q_EMIT note(tr("Select bytes first: Shift and arrows, or drag"));
        return;
    }
    m_session.addManual([memory = m_session.memory(), target,
                         selection] { return extentsOf(*memory, target, selection.start, selection.length); },
                        {});
}

void Judge::moveEdge(int start, int end)
{
    if (const FindingId id = m_workspace.findings()->current())
        m_session.moveEdges(id, start, end);
}

} // namespace cryoscope::ui
