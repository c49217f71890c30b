// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/hexview/documents.h"
#include "ui/review/reviewsession.h"

namespace cryoscope::ui
{

/// The patches that an export would make now, for views that show bytes as they will be. Made in the
/// background, and only while somebody wants them.
class PreviewPlan : public QObject
{
    Q_OBJECT
public:
    explicit PreviewPlan(ReviewSession &session, QObject *parent = nullptr);

    /// Of the last plan; null before the first.
    [[nodiscard]] const PreviewPatches &patches() const { return m_patches; }
    /// Whether a view shows patched bytes: then the plan follows the decisions.
    void setWanted(bool wanted);

Q_SIGNALS:
    /// patches() are others.
    void changed();

private:
    void outdate();
    void update();

    ReviewSession &m_session;
    PreviewPatches m_patches;
    bool m_wanted = false;
    bool m_stale = true;
    Job m_job;
};

} // namespace cryoscope::ui
