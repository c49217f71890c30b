// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/hexview/documents.h"
#include "ui/hexview/hexview.h"
#include "ui/review/reviewsession.h"

namespace cryoscope::ui
{

/// Marks the findings in the hex views: all of them in the one, what the export will change in the other.
class MarksUpdater : public QObject
{
    Q_OBJECT
public:
    MarksUpdater(ReviewSession &session, HexView *hex, HexView *after, QObject *parent = nullptr);

    /// The views show `target` now.
    void setTarget(const ByteTarget &target);
    /// Accepted findings are drawn as changed.
    void setPreview(bool on);
    /// The finding that is drawn with emphasis; 0: none.
    void setActive(FindingId id);
    void update();

private:
    ReviewSession &m_session;
    HexView *m_hex;
    HexView *m_after;
    ByteTarget m_target;
    FindingId m_active = 0;
    bool m_preview = false;
};

} // namespace cryoscope::ui
