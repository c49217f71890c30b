// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/hexview/documents.h"
#include "ui/review/reviewsession.h"

namespace cryoscope::ui
{

/// The patches that an export would make now, for views that show bytes as they will be; or those that put
/// asterisks over the values of all findings, for views that must not show them. Made in the background, and
/// only while somebody wants them.
class PreviewPlan : public QObject
{
    Q_OBJECT
public:
    enum class Of {
        Accepted, ///< as the export does
        All       ///< findings, whatever was decided of them
    };
    explicit PreviewPlan(ReviewSession &session, Of of = Of::Accepted, QObject *parent = nullptr);

    /// Of the last plan; null before the first, and if it could not be made.
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
    const Of m_of;
    PreviewPatches m_patches;
    bool m_wanted = false;
    bool m_stale = true;
    Job m_job;
};

} // namespace cryoscope::ui
