// SPDX-License-Identifier: Apache-2.0
#include "ui/views/judge.h"

#include "ui/hexview/hexview.h"
#include "ui/views/findingpanel.h"
#include "ui/views/navigator.h"
#include "ui/views/workspace.h"

#include <QInputDialog>
#include <QTableView>

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
    m_session.decide(panel->chosen(), decision, reason);
    if (decision != Decision::Undecided)
        panel->step(true, true);
}

void Judge::rejectWithReason()
{
    if (m_workspace.findings()->current() == 0)
        return;
    QStringList names;
    for (const Reason reason :
         {Reason::NotASecret, Reason::TestData, Reason::Public, Reason::NeededForDebugging, Reason::Other})
        names << QString::fromStdString(reasonName(reason));
    bool chosen = false;
    const QString name =
        QInputDialog::getItem(&m_workspace, tr("Reject"), tr("Why is it no secret to redact?"), names,
                              static_cast<int>(m_lastReason) - 1, false, &chosen);
    if (!chosen)
        return;
    m_lastReason = static_cast<Reason>(names.indexOf(name) + 1);
    decide(Decision::Rejected, m_lastReason);
}

void Judge::acceptCopies()
{
    if (const FindingId id = m_workspace.findings()->current())
        m_session.acceptAllCopies(id);
}

void Judge::comment()
{
    const CaseFinding *entry = m_session.finding(m_workspace.findings()->current());
    if (entry == nullptr)
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
    auto parts = extentsOf(*m_session.memory(), target, selection.start, selection.length);
    if (parts)
        m_session.addManual(std::move(*parts), {});
    else
        Q_EMIT note(QString::fromStdString(parts.error().describe()));
}

void Judge::moveEdge(int start, int end)
{
    const CaseFinding *entry = m_session.finding(m_workspace.findings()->current());
    if (entry == nullptr || entry->finding.parts.empty())
        return;
    // Along the addresses where it is seen, over page borders; in a member along its offsets.
    const Finding &finding = entry->finding;
    ByteTarget target{ByteTarget::Kind::Task, finding.pid, 0, noMember};
    uint64_t from = finding.address;
    if (finding.pid == 0) {
        const Extent inner = m_session.memory()->checkpoint().archive().innermost(finding.parts.front());
        target = {ByteTarget::Kind::Member, 0, 0, inner.member};
        from = inner.offset;
    }
    const uint64_t length = finding.length();
    if ((start < 0 && from == 0) || (length <= 1 && (start > 0 || end < 0)))
        return;
    from = start < 0 ? from - 1 : from + static_cast<uint64_t>(start);
    const uint64_t now =
        start != 0 ? (start < 0 ? length + 1 : length - 1) : (end < 0 ? length - 1 : length + 1);
    auto parts = extentsOf(*m_session.memory(), target, from, now);
    if (parts)
        m_session.setParts(entry->id, std::move(*parts));
    else
        Q_EMIT note(QString::fromStdString(parts.error().describe()));
}

} // namespace cryoscope::ui
