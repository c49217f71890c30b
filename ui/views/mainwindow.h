// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/hexview/documents.h"
#include "ui/hexview/hexview.h"
#include "ui/review/reviewsession.h"

#include <QMainWindow>

#include <map>
#include <vector>

class QAction;
class QLabel;
class QLineEdit;
class QListWidget;
class QProgressBar;
class QStackedWidget;
class QTabWidget;
class QToolButton;
class QTableView;
class QTimer;
class QToolBar;
class QTreeView;

namespace cryoscope::ui
{

class CheckpointTree;
class ExportDialog;
class FindingPanel;
class Inspector;
class TextPane;
class VmaModel;
class WelcomePage;

/// The window: what is in the checkpoint on the left, bytes in the middle, findings on the right.
class MainWindow : public QMainWindow
{
    Q_OBJECT
public:
    explicit MainWindow(QWidget *parent = nullptr);
    ~MainWindow() override;

    void open(const QString &path);
    [[nodiscard]] ReviewSession &session() { return m_session; }
    /// Shows the current finding's bytes.
    [[nodiscard]] HexView *hexView() const { return m_hex; }
    [[nodiscard]] ExportDialog *exportDialog() const { return m_export; }
    /// Where the bundled sample is; empty if it is not installed.
    [[nodiscard]] static QString samplePath();

protected:
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;
    void closeEvent(QCloseEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void makeActions();
    void makeMenus();
    void makeToolBar();
    void makeWorkspace();
    void makeStatusBar();
    QAction *action(const QString &name, const QString &text, const QList<QKeySequence> &keys,
                    std::function<void()> done);

    void takeOpened();
    void showTarget(const ByteTarget &target, std::optional<uint64_t> address);
    void takeDocument(const ByteTarget &target, std::vector<HexSegment> segments,
                      std::optional<uint64_t> address);
    void showDecoded(const ByteTarget &target);
    void showFinding(FindingId id);
    void updateMarks();
    void updateAfter();
    void updateState();
    void updateStatus();
    void updateIcons();
    /// Shows a line in the status bar for a while, beside the position.
    void tell(const QString &text, int milliseconds = 8000);
    void goTo(const QString &text);
    void find();
    void findNext();
    void decideCurrent(Decision decision, Reason reason = Reason::None);
    void rejectWithReason();
    void comment();
    void redactSelection();
    void moveEdge(int start, int end);
    void togglePreview(bool on);
    void openExport();
    void saveCase();
    void palette();
    void showKeys();
    void showProblems();
    void goBack(bool forward);
    void rememberRecent(const QString &path);
    void setThemeChoice(ThemeChoice choice);

    struct Visit {
        ByteTarget target;
        uint64_t address;
    };

    ReviewSession m_session;
    std::map<QString, QAction *> m_actions; ///< by name
    QStackedWidget *m_pages = nullptr;
    WelcomePage *m_welcome = nullptr;
    CheckpointTree *m_tree = nullptr;
    QTreeView *m_treeView = nullptr;
    HexView *m_hex = nullptr;
    HexView *m_after = nullptr;
    QTabWidget *m_centre = nullptr;
    QTabWidget *m_lower = nullptr;
    QLabel *m_where = nullptr;
    VmaModel *m_vmas = nullptr;
    QTableView *m_vmaView = nullptr;
    QListWidget *m_problems = nullptr;
    TextPane *m_decoded = nullptr;
    Inspector *m_inspector = nullptr;
    FindingPanel *m_findings = nullptr;
    QLineEdit *m_goTo = nullptr;
    QLabel *m_reviewText = nullptr;
    QProgressBar *m_reviewBar = nullptr;
    QLabel *m_position = nullptr;
    QLabel *m_note = nullptr;
    QTimer *m_noteTimer = nullptr;
    QToolBar *m_bar = nullptr;
    QLabel *m_work = nullptr;
    QProgressBar *m_workBar = nullptr;
    QToolButton *m_cancel = nullptr;
    ExportDialog *m_export = nullptr;

    ByteTarget m_target;
    std::unique_ptr<ReadDocument> m_document;
    std::unique_ptr<ReadDocument> m_afterDocument;
    PreviewPatches m_patches;
    bool m_preview = false;
    bool m_following = false; ///< the tree or the list is being moved to what is shown already
    Reason m_lastReason = Reason::NotASecret;
    std::string m_searched;
    std::vector<Visit> m_history;
    size_t m_historyAt = 0;
    Job m_openJob;
    Job m_decodeJob;
    Job m_planJob;
    Job m_findJob;
    bool m_planStale = true;
};

} // namespace cryoscope::ui
