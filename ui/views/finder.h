// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/jobs/job.h"
#include "ui/review/reviewsession.h"

#include <string>

namespace cryoscope::ui
{

class Navigator;
class Workspace;

/// Finds text or bytes in what is shown: from the cursor to the end, then from the start.
class Finder : public QObject
{
    Q_OBJECT
public:
    Finder(ReviewSession &session, Workspace &workspace, Navigator &navigator, QObject *parent = nullptr);
    ~Finder() override;

    /// Asks what to find and finds it.
    void ask();
    void next();

Q_SIGNALS:
    void note(const QString &text);

private:
    void forget();

    ReviewSession &m_session;
    Workspace &m_workspace;
    Navigator &m_navigator;
    std::string m_wanted; ///< may be a secret: wiped with the checkpoint
    Job m_job;
};

} // namespace cryoscope::ui
