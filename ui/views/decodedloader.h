// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/hexview/documents.h"
#include "ui/jobs/job.h"

namespace cryoscope::ui
{

class TextPane;

/// Fills the decoded pane in the background: images as JSON, text members as text; for a task its mm image.
class DecodedLoader : public QObject
{
    Q_OBJECT
public:
    explicit DecodedLoader(TextPane *pane, QObject *parent = nullptr);

    /// Shows what `target` is; the last one asked for wins.
    void show(std::shared_ptr<const Memory> memory, const ByteTarget &target);
    void clear();

private:
    void start();

    TextPane *m_pane;
    std::shared_ptr<const Memory> m_memory;
    MemberId m_wanted = noMember;
    bool m_stale = false; ///< another one was asked for while the job ran
    Job m_job;
};

} // namespace cryoscope::ui
