// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/compare/comparison.h"
#include "ui/compare/differencemodel.h"

#include <QWidget>

class QLabel;
class QLineEdit;
class QPushButton;
class QStackedWidget;
class QTimer;
class QTreeView;

namespace cryoscope::ui
{

/// Compares the checkpoint that is shown with another one: an export of it, an earlier or a later dump. Lists
/// what differs, and leads to where that is.
class ComparePane : public QWidget
{
    Q_OBJECT
public:
    explicit ComparePane(ReviewSession &session, QWidget *parent = nullptr);
    ~ComparePane() override;

    void focusInput();
    /// Compares with the checkpoint at `path`.
    void compareWith(const QString &path);
    void cancel() { m_comparison.cancel(); }
    /// Whether values are hidden; then they are not read either.
    void setMasked(bool masked);
    [[nodiscard]] const Comparison &comparison() const { return m_comparison; }

Q_SIGNALS:
    /// The user wants to see this place of the checkpoint that is shown.
    void placeAsked(const cryoscope::ui::ByteTarget &target, quint64 address, quint64 length);
    void note(const QString &text);
    void busyChanged();
    void progressed(const QString &phase, quint64 done, quint64 total);

private:
    QLayout *makeInput();
    QLayout *makeTotals();
    void makeTree();
    void start();
    void choose(bool directory);
    void activate(const QModelIndex &index);
    void showState();
    /// Unfolds what there is room for.
    void unfold();

    Comparison m_comparison;
    DifferenceModel m_model;
    QLineEdit *m_path;
    QPushButton *m_compare;
    QWidget *m_totals; ///< shown while there is something that differs
    QLabel *m_totalsText;
    QPushButton *m_swap;
    QLineEdit *m_filter;
    QTimer *m_filterTimer; ///< waits until the typing rests
    QStackedWidget *m_pages;
    QTreeView *m_tree;
    QLabel *m_words; ///< in place of the list
};

} // namespace cryoscope::ui
