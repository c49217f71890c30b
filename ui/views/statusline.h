// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QObject>

class QLabel;
class QProgressBar;
class QStatusBar;
class QTimer;
class QToolButton;

namespace cryoscope::ui
{

/// What the status bar says: the position, a note that goes by itself, and the work under way with its
/// progress and a button to cancel it.
class StatusLine : public QObject
{
    Q_OBJECT
public:
    explicit StatusLine(QStatusBar *bar);

    /// Empty: there is none.
    void setPosition(const QString &text);
    /// Shows a line for a while, beside the position.
    void tell(const QString &text, int milliseconds = 8000);
    void setBusy(bool busy);
    /// Bytes; `total` 0: not known.
    void setProgress(const QString &phase, quint64 done, quint64 total);

Q_SIGNALS:
    void cancelAsked();

private:
    QLabel *m_position;
    QLabel *m_note;
    QTimer *m_noteTimer;
    QLabel *m_work;
    QProgressBar *m_workBar;
    QToolButton *m_cancel;
};

} // namespace cryoscope::ui
