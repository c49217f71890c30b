// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/review/reviewsession.h"

namespace cryoscope::ui
{

class Navigator;
class Workspace;

/// What the decision keys do to the findings that are chosen, and to the selected bytes.
class Judge : public QObject
{
    Q_OBJECT
public:
    Judge(ReviewSession &session, Workspace &workspace, Navigator &navigator, QObject *parent = nullptr);

    /// Decides on all chosen findings and goes on to the next undecided one.
    void decide(Decision decision, Reason reason = Reason::None);
    /// With the reason of the last time.
    void reject() { decide(Decision::Rejected, m_lastReason); }
    /// And keeps the reason for the next time. Other asks for words, which become the comment.
    void rejectAs(Reason reason);
    void acceptCopies();
    /// Asks for a comment on the current finding.
    void comment();
    void redactSelection();
    /// Moves the borders of the current finding by so many bytes.
    void moveEdge(int start, int end);

Q_SIGNALS:
    void note(const QString &text);

private:
    ReviewSession &m_session;
    Workspace &m_workspace;
    Navigator &m_navigator;
    Reason m_lastReason = Reason::NotASecret;
};

} // namespace cryoscope::ui
