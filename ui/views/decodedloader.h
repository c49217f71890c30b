// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/hexview/documents.h"
#include "ui/jobs/job.h"

namespace cryoscope::ui
{

class TextPane;

/// Fills the decoded pane in the background: images as JSON, text members as text; for a task its mm image.
/// In a preview they are as the export will hold them, and the lines that change are marked.
class DecodedLoader : public QObject
{
    Q_OBJECT
public:
    explicit DecodedLoader(TextPane *pane, QObject *parent = nullptr);

    /// Shows what `target` is; the last one asked for wins.
    void show(std::shared_ptr<const Memory> memory, const ByteTarget &target);
    void clear();
    /// What the export changes (null: no preview), and whether values are hidden, with what hides them (null:
    /// that is not known yet, so nothing is shown).
    void setPreview(PreviewPatches patches, bool masked, PreviewPatches masks);

private:
    void start();

    TextPane *m_pane;
    std::shared_ptr<const Memory> m_memory;
    MemberId m_wanted = noMember;
    PreviewPatches m_patches;
    bool m_masked = false;
    PreviewPatches m_masks;
    MemberId m_shown = noMember; ///< what the pane shows
    bool m_stale = false;        ///< another one was asked for while the job ran
    Job m_job;
};

} // namespace cryoscope::ui
