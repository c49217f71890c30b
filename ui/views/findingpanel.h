// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/findingsmodel.h"

#include <QWidget>

class QLabel;
class QLineEdit;
class QTableView;
class QComboBox;
class QStackedWidget;
class QToolButton;

namespace cryoscope::ui
{

class Actions;

/// The list of findings with its filter, and below it the current one: why, where, how many copies, and the
/// decisions.
class FindingPanel : public QWidget
{
    Q_OBJECT
public:
    FindingPanel(ReviewSession &session, const Actions &actions, QWidget *parent = nullptr);

    [[nodiscard]] FindingId current() const;
    /// All selected findings, the current one at least; empty if there is none.
    [[nodiscard]] std::vector<FindingId> chosen() const;
    /// How many are selected.
    [[nodiscard]] size_t chosenCount() const;
    /// Where the selected findings stand among the session's; empty if none is selected.
    [[nodiscard]] std::vector<PositionRange> chosenPositions() const;
    void select(FindingId id);
    /// Selects the next finding; false if there is none.
    bool step(bool forward, bool undecidedOnly);
    void focusFilter();
    /// The list, or what stands in its place while it is empty.
    void focusList();
    /// Lists the undecided findings alone.
    void showUndecided();
    /// Opens the menu of the reasons to reject, at its button.
    void openReasons();
    [[nodiscard]] QTableView *list() const { return m_list; }

Q_SIGNALS:
    /// The user wants to see the current finding, which may be in sight already.
    void activated(cryoscope::FindingId id);
    /// Another finding is current; 0: none.
    void currentChanged(cryoscope::FindingId id);
    void scanAsked();
    /// A reason was chosen in the menu.
    void rejectAsked(cryoscope::Reason reason);

private:
    QWidget *makeList(QWidget *parent);
    void makeTable(QWidget *parent);
    QWidget *makeEmptyPage(QWidget *parent);
    QWidget *makeDetail(const Actions &actions, QWidget *parent);
    void makeReasons(QToolButton *button);
    [[nodiscard]] QString detailText(const CaseFinding &entry) const;
    void showCurrent();
    void showEmptyState();

    ReviewSession &m_session;
    FindingsModel *m_model;
    QLineEdit *m_filter = nullptr;
    QComboBox *m_states = nullptr;
    QTableView *m_list = nullptr;
    QStackedWidget *m_pages = nullptr;
    QLabel *m_emptyText = nullptr;
    QWidget *m_scanButton = nullptr;
    QWidget *m_clearButton = nullptr;
    QLabel *m_title = nullptr;
    QLabel *m_text = nullptr;
    QToolButton *m_reject = nullptr;
    FindingId m_kept = 0;  ///< current one while the rows are made anew
    FindingId m_shown = 0; ///< the last one that was told of
};

} // namespace cryoscope::ui
