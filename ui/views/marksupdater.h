// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/hexview/hexview.h"
#include "ui/jobs/job.h"
#include "ui/review/markindex.h"
#include "ui/review/reviewsession.h"

#include <set>

namespace cryoscope::ui
{

/// Marks the findings in the hex views: all of them in the one, what the export will change in the other.
/// Their places are looked up in the background; decisions show at once.
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
    /// Whether all places are known.
    [[nodiscard]] bool isComplete() const { return !m_job.isRunning() && !m_all && m_changed.empty(); }

private:
    void lookUp();
    void show();
    void refresh();
    [[nodiscard]] QString textOf(FindingId id) const;

    ReviewSession &m_session;
    HexView *m_hex;
    HexView *m_after;
    ByteTarget m_target;
    FindingId m_active = 0;
    bool m_preview = false;
    std::shared_ptr<const MarkIndex> m_index;
    bool m_all = false;            ///< all are to be looked up
    std::set<FindingId> m_changed; ///< these are to be looked up
    Job m_job;
};

} // namespace cryoscope::ui
