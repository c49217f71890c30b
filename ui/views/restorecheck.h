// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/review/reviewsession.h"

namespace cryoscope::ui
{

class Workspace;

/// Checks in the background whether what is open can be restored, and tells it among the problems.
class RestoreCheck : public QObject
{
    Q_OBJECT
public:
    RestoreCheck(ReviewSession &session, Workspace &workspace, QObject *parent = nullptr);

    /// Checks what is open now, once what is under way has ended.
    void start();

private:
    ReviewSession &m_session;
    Workspace &m_workspace;
    Job m_job; ///< last: ends before what it tells goes
};

} // namespace cryoscope::ui
