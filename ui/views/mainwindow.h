// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/review/previewplan.h"
#include "ui/review/reviewsession.h"
#include "ui/theme/theme.h"

#include <QMainWindow>

class QStackedWidget;

namespace cryoscope::ui
{

class Actions;
class DecodedLoader;
class ExportDialog;
class HexView;
class Judge;
class MainBar;
class MarksUpdater;
class Navigator;
class RestoreCheck;
class StatusLine;
class WelcomePage;
class Workspace;

/// The window: joins the session, the panes and what the actions do.
class MainWindow : public QMainWindow
{
    Q_OBJECT
public:
    explicit MainWindow(QWidget *parent = nullptr);
    ~MainWindow() override;

    void open(const QString &path);
    [[nodiscard]] ReviewSession &session() { return m_session; }
    /// Shows the current finding's bytes.
    [[nodiscard]] HexView *hexView() const;
    [[nodiscard]] ExportDialog *exportDialog() const { return m_export; }
    /// Where the bundled sample is; empty if it is not installed.
    [[nodiscard]] static QString samplePath();

protected:
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dragLeaveEvent(QDragLeaveEvent *event) override;
    void dropEvent(QDropEvent *event) override;
    void closeEvent(QCloseEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void connectSession();
    void connectPanes();
    void connectFileActions();
    void connectReviewActions();
    void connectViewActions();

    void takeOpened();
    void takeClosed();
    void showFinding(FindingId id);
    void updateState();
    void updatePosition();
    void updatePreview();
    void goTo(const QString &text);
    void cancel();
    void compareWith(const QString &path);
    void showKnownValues();
    void openExport();
    void saveCase();
    void showPalette();
    void rememberRecent(const QString &path);
    void setThemeChoice(ThemeChoice choice);

    bool m_ready = false; ///< all below is there
    ReviewSession m_session;
    PreviewPlan m_plan;
    PreviewPlan m_masks;
    Actions *m_actions;
    QStackedWidget *m_pages;
    WelcomePage *m_welcome;
    Workspace *m_workspace;
    MainBar *m_bar;
    StatusLine *m_status;
    Navigator *m_navigator;
    MarksUpdater *m_marks;
    DecodedLoader *m_decoded;
    Judge *m_judge;
    ExportDialog *m_export = nullptr;
    RestoreCheck *m_check;
    bool m_following = false; ///< the list is being moved to what is shown already
};

} // namespace cryoscope::ui
