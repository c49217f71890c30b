// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>

class QCommandLinkButton;
class QLabel;
class QLayout;
class QListWidget;

namespace cryoscope::ui
{

class DropZone;

/// What the window shows while nothing is open: what can be opened, and how.
class WelcomePage : public QWidget
{
    Q_OBJECT
public:
    explicit WelcomePage(QWidget *parent = nullptr);

    void setRecent(const QStringList &paths);
    /// Tells why the last one could not be opened; empty: nothing to tell.
    void setError(const QString &text);
    /// Something that can be opened is held over the window.
    void setDropping(bool dropping);

Q_SIGNALS:
    void openArchive();
    void openDirectory();
    void openSample();
    void openRecent(const QString &path);

protected:
    void changeEvent(QEvent *event) override;

private:
    QLayout *makeHead(QWidget *page);
    QLayout *makeOpeners(QWidget *page);
    QLayout *makeRecent(QWidget *page);
    static QLayout *makeSteps(QWidget *page);
    void drawIcons();

    DropZone *m_drop;
    QListWidget *m_recent;
    QLabel *m_recentTitle = nullptr;
    QLabel *m_error = nullptr;
    QCommandLinkButton *m_archive = nullptr;
    QCommandLinkButton *m_directory = nullptr;
    QCommandLinkButton *m_sample = nullptr;
};

} // namespace cryoscope::ui
