// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/hitsmodel.h"
#include "ui/review/search.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QTableView;

namespace cryoscope::ui
{

/// Finds text, bytes or a pattern in all memory and all members, lists every hit, and redacts them.
class FindPane : public QWidget
{
    Q_OBJECT
public:
    explicit FindPane(ReviewSession &session, QWidget *parent = nullptr);
    ~FindPane() override;

    void focusInput();
    /// Goes to the next hit (the one before), round the end.
    void step(bool forward);
    [[nodiscard]] const Search &search() const { return m_search; }
    void cancel() { m_search.cancel(); }

Q_SIGNALS:
    /// The user wants to see this hit.
    void hitActivated(const cryoscope::Finding &hit);
    void note(const QString &text);
    void busyChanged();
    void progressed(const QString &phase, quint64 done, quint64 total);

private:
    void makeInput();
    void makeHits();
    void start();
    void showCount();
    void finish(const QString &error, bool cut);
    void redact(bool all);
    void forget();

    ReviewSession &m_session;
    Search m_search;
    HitsModel m_model;
    QLineEdit *m_edit;
    QComboBox *m_kind;
    QPushButton *m_find;
    QTableView *m_list;
    QLabel *m_count;
    QPushButton *m_redactChosen;
    QPushButton *m_redactAll;
};

} // namespace cryoscope::ui
