// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/review/reviewsession.h"

#include <QDialog>

#include <vector>

class QPushButton;
class QTreeWidget;

namespace cryoscope::ui
{

/// Shows all places of a value before they are accepted with it, as one step to undo. Each can be left out.
class CopiesDialog : public QDialog
{
    Q_OBJECT
public:
    /// `places`: of the value of the finding `id`, its own included, which is not asked about.
    CopiesDialog(ReviewSession &session, FindingId id, std::vector<Finding> places,
                 QWidget *parent = nullptr);

    void accept() override;

private:
    void fill();
    void updateState();

    ReviewSession &m_session;
    std::vector<Finding> m_own;    ///< where the finding itself stands
    std::vector<Finding> m_places; ///< the others, a row each
    QTreeWidget *m_list;
    QPushButton *m_accept = nullptr;
};

} // namespace cryoscope::ui
