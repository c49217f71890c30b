// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/findingsmodel.h"

#include <QWidget>

class QAction;
class QLabel;
class QLineEdit;
class QTableView;
class QComboBox;
class QStackedWidget;

namespace cryoscope::ui
{

/// The list of findings with its filter, and below it the current one: why, where, how many copies, and the
/// decisions.
class FindingPanel : public QWidget
{
    Q_OBJECT
public:
    /// `decisions` become the buttons, in this order.
    FindingPanel(ReviewSession &session, const QList<QAction *> &decisions, QWidget *parent = nullptr);

    [[nodiscard]] FindingId current() const;
    /// All selected findings, the current one at least; empty if there is none.
    [[nodiscard]] std::vector<FindingId> chosen() const;
    void select(FindingId id);
    /// Selects the next finding; false if there is none.
    bool step(bool forward, bool undecidedOnly);
    void focusFilter();
    [[nodiscard]] QTableView *list() const { return m_list; }

Q_SIGNALS:
    /// Another finding is current; 0: none.
    void currentChanged(cryoscope::FindingId id);
    void scanAsked();

private:
    void showCurrent();
    void showEmptyState();

    ReviewSession &m_session;
    FindingsModel *m_model;
    QLineEdit *m_filter;
    QComboBox *m_states;
    QTableView *m_list;
    QStackedWidget *m_pages;
    QLabel *m_emptyText;
    QWidget *m_scanButton;
    QWidget *m_clearButton;
    QLabel *m_title;
    QLabel *m_text;
};

} // namespace cryoscope::ui
