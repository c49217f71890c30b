// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QToolBar>

class QLabel;
class QLineEdit;
class QProgressBar;

namespace cryoscope::ui
{

class Actions;
class ReviewSession;

/// The bar above the panes: back and forward, go to, scan, how far the review is, preview and export.
class MainBar : public QToolBar
{
    Q_OBJECT
public:
    MainBar(const Actions &actions, QWidget *parent = nullptr);

    void focusGoTo();
    void showReview(const ReviewSession &session);
    void showFoundSoFar(quint64 count);

Q_SIGNALS:
    /// The user wants to go to an address, pid or member.
    void goToAsked(const QString &text);

private:
    QLineEdit *m_goTo;
    QLabel *m_reviewText;
    QProgressBar *m_reviewBar;
};

} // namespace cryoscope::ui
