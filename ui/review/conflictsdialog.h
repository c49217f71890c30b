// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/review/reviewsession.h"

#include <QDialog>

#include <vector>

class QTreeWidget;

namespace cryoscope::ui
{

/// Findings on which two reviewers decided differently: for each one chooses whose decision counts. Without a
/// choice this review's stays.
class ConflictsDialog : public QDialog
{
    Q_OBJECT
public:
    ConflictsDialog(ReviewSession &session, std::vector<MergeConflict> conflicts, QWidget *parent = nullptr);

    void accept() override;

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    enum class Side { Here, There };
    void fill();
    void choose(int row, Side side);
    /// Of each conflict the side that `sideOf` says.
    template <class SideOf> void chooseAll(const SideOf &sideOf);

    ReviewSession &m_session;
    std::vector<MergeConflict> m_conflicts;
    std::vector<Side> m_sides;
    QTreeWidget *m_list;
};

} // namespace cryoscope::ui
