// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/review/previewplan.h"

class QAction;

namespace cryoscope::ui
{

class DecodedLoader;
class FieldsPane;
class Workspace;

/// What Preview and Mask Values do to the panes that show values.
class Previewer : public QObject
{
    Q_OBJECT
public:
    /// `masks`: lays asterisks over values; as `plan` it ends before the session does.
    Previewer(QAction *preview, QAction *mask, PreviewPlan &plan, PreviewPlan &masks, Workspace &workspace,
              DecodedLoader &decoded, QObject *parent = nullptr);

private:
    void show();

    QAction *m_preview;
    QAction *m_mask;
    PreviewPlan &m_plan;
    PreviewPlan &m_masks;
    FieldsPane *m_fields;
    DecodedLoader &m_decoded;
};

} // namespace cryoscope::ui
