// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/jobs/job.h"
#include "ui/review/reviewsession.h"

#include <QDialog>

#include <string>
#include <vector>

class QCheckBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QTreeWidget;

namespace cryoscope::ui
{

/// Redacts values that the user knows: they are typed, pasted (one a line) or read from a file, searched in
/// all memory and all members in every encoding, and all copies are accepted as one step. Values are shown
/// masked, kept in memory only, and wiped when they were searched or the dialog goes.
class KnownValuesDialog : public QDialog
{
    Q_OBJECT
public:
    explicit KnownValuesDialog(ReviewSession &session, QWidget *parent = nullptr);
    ~KnownValuesDialog() override;

    void reject() override;

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void makeInput();
    void makeList();
    void add(std::vector<std::string> values);
    void addTyped();
    void paste();
    void loadFile();
    void removeChosen();
    void showValues();
    void updateState();
    void start();
    void take(const ValuesAccepted &result);

    ReviewSession &m_session;
    std::vector<std::string> m_values; ///< by row
    QLineEdit *m_edit;
    QPushButton *m_add;
    QPushButton *m_paste;
    QPushButton *m_load;
    QPushButton *m_remove;
    QCheckBox *m_show;
    QTreeWidget *m_list;
    QLabel *m_status;
    QProgressBar *m_bar;
    QPushButton *m_start;
    QPushButton *m_close;
    bool m_searching = false;
    bool m_done = false; ///< what is listed was searched, and is no longer known
    Job m_reading;
};

} // namespace cryoscope::ui
