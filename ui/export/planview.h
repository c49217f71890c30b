// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/redact/plan.h"
#include "ui/review/reviewsession.h"

#include <QWidget>

class QLabel;
class QListWidget;
class QTreeWidget;

namespace cryoscope::ui
{

/// What an export will change: a sentence, the members with their redactions, and what is to be known of the
/// plan.
class PlanView : public QWidget
{
    Q_OBJECT
public:
    explicit PlanView(QWidget *parent = nullptr);

    void setText(const QString &text);
    /// `restorable`: no profile changes anything beside what was accepted.
    void setPlan(const ReviewSession &session, const RedactionPlan &plan, bool restorable);
    void clear();

private:
    QLabel *m_summary;
    QTreeWidget *m_members;
    QListWidget *m_notes;
};

} // namespace cryoscope::ui
