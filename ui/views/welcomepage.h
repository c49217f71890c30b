// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>

class QLabel;
class QListWidget;

namespace cryoscope::ui
{

/// What the window shows while nothing is open: what can be opened, and how.
class WelcomePage : public QWidget
{
    Q_OBJECT
public:
    explicit WelcomePage(QWidget *parent = nullptr);

    void setRecent(const QStringList &paths);
    /// Tells why the last one could not be opened; empty: nothing to tell.
    void setError(const QString &text);

Q_SIGNALS:
    void openArchive();
    void openDirectory();
    void openSample();
    void openRecent(const QString &path);

private:
    QListWidget *m_recent;
    QLabel *m_recentTitle;
    QLabel *m_error;
};

} // namespace cryoscope::ui
