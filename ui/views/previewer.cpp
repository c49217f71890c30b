// SPDX-License-Identifier: Apache-2.0
#include "ui/views/previewer.h"

#include "ui/compare/comparepane.h"
#include "ui/hexview/hexview.h"
#include "ui/views/decodedloader.h"
#include "ui/views/fieldspane.h"
#include "ui/views/workspace.h"

#include <QAction>

namespace cryoscope::ui
{

Previewer::Previewer(QAction *preview, QAction *mask, PreviewPlan &plan, PreviewPlan &masks,
                     Workspace &workspace, DecodedLoader &decoded, QObject *parent)
    : QObject(parent), m_preview(preview), m_mask(mask), m_plan(plan), m_masks(masks),
      m_fields(workspace.fields()), m_decoded(decoded)
{
    connect(preview, &QAction::toggled, this, &Previewer::show);
    connect(&plan, &PreviewPlan::changed, this, [this] {
        if (m_preview->isChecked())
            show();
    });
    connect(&m_masks, &PreviewPlan::changed, this, &Previewer::show);
    connect(mask, &QAction::toggled, this, [this, &workspace](bool on) {
        m_masks.setWanted(on);
        show();
        workspace.hex()->setMasked(on);
        workspace.after()->setMasked(on);
        workspace.fields()->setMasked(on);
        workspace.compare()->setMasked(on);
    });
}

void Previewer::show()
{
    const bool on = m_preview->isChecked();
    m_fields->setPreview(on, on ? m_plan.patches() : nullptr);
    m_decoded.setPreview(on ? m_plan.patches() : nullptr, m_mask->isChecked(), m_masks.patches());
}

} // namespace cryoscope::ui
