// SPDX-License-Identifier: Apache-2.0
#include "ui/views/mainwindow.h"

#include "core/detect/runwalker.h"
#include "core/image/critjson.h"
#include "core/image/dissector.h"
#include "core/memory/run.h"
#include "ui/export/exportdialog.h"
#include "ui/models/checkpointtree.h"
#include "ui/models/vmamodel.h"
#include "ui/views/findingpanel.h"
#include "ui/views/inspector.h"
#include "ui/views/textpane.h"
#include "ui/views/welcomepage.h"

#include <QApplication>
#include <QDialogButtonBox>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHeaderView>
#include <QInputDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QLocale>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QProgressBar>
#include <QRegularExpression>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTableView>
#include <QTextBrowser>
#include <QTimer>
#include <QToolBar>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

namespace cryoscope::ui
{

namespace
{

constexpr int maxRecent = 8;
constexpr size_t maxMarked = 50000;     // findings that are looked up for the marks of one view
constexpr size_t maxDecoded = 2u << 20; // characters of decoded JSON that are shown
constexpr uint64_t maxText = 1u << 20;  // bytes of a text member that are shown

QString sized(uint64_t bytes)
{
    return QLocale().formattedDataSize(static_cast<qint64>(bytes), 1);
}

bool looksLikeText(std::span<const std::byte> bytes)
{
    return std::none_of(bytes.begin(), bytes.end(), [](std::byte byte) {
        const auto c = static_cast<unsigned char>(byte);
        return c == 0 || (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != 0x1b);
    });
}

} // namespace

MainWindow::MainWindow(QWidget *parent) : QMainWindow(parent)
{
    setObjectName(QStringLiteral("mainWindow"));
    setWindowTitle(tr("Cryoscope"));
    setAcceptDrops(true);
    resize(1280, 720);
    makeActions();
    m_pages = new QStackedWidget(this);
    setCentralWidget(m_pages);
    m_welcome = new WelcomePage(m_pages);
    m_pages->addWidget(m_welcome);
    makeWorkspace();
    makeMenus();
    makeToolBar();
    makeStatusBar();
    updateIcons();

    connect(m_welcome, &WelcomePage::openArchive, this, [this] { m_actions.at("openArchive")->trigger(); });
    connect(m_welcome, &WelcomePage::openDirectory, this,
            [this] { m_actions.at("openDirectory")->trigger(); });
    connect(m_welcome, &WelcomePage::openSample, this, [this] { m_actions.at("openSample")->trigger(); });
    connect(m_welcome, &WelcomePage::openRecent, this, &MainWindow::open);
    connect(&m_session, &ReviewSession::opened, this, &MainWindow::takeOpened);
    connect(&m_session, &ReviewSession::closed, this, [this] {
        m_pages->setCurrentWidget(m_welcome);
        m_hex->setDocument(nullptr);
        m_after->setDocument(nullptr);
        m_document.reset();
        m_afterDocument.reset();
        m_patches.reset();
        m_target = {};
        m_history.clear();
        m_historyAt = 0;
        m_tree->setMemory(nullptr);
        m_vmas->clear();
        updateState();
    });
    connect(&m_session, &ReviewSession::failed, this, [this](const QString &text) {
        if (!m_session.isOpen())
            m_welcome->setError(text);
        tell(text, 15000);
        m_problems->addItem(text);
        updateState();
    });
    connect(&m_session, &ReviewSession::message, this, [this](const QString &text) { tell(text, 8000); });
    connect(&m_session, &ReviewSession::busyChanged, this, &MainWindow::updateState);
    connect(&m_session, &ReviewSession::findingsReset, this, [this] {
        m_planStale = true;
        updateMarks();
        updateState();
        updateAfter();
    });
    connect(&m_session, &ReviewSession::findingsChanged, this, [this] {
        m_planStale = true;
        updateMarks();
        updateState();
        updateAfter();
    });
    connect(&m_session, &ReviewSession::progressed, this,
            [this](const QString &phase, quint64 done, quint64 total) {
                m_workBar->setRange(0, total == 0 ? 0 : 1000);
                if (total > 0)
                    m_workBar->setValue(static_cast<int>(
                        std::min(1.0, static_cast<double>(done) / static_cast<double>(total)) * 1000));
                m_work->setText(total > 0 ? tr("%1: %2 of %3").arg(phase, sized(done), sized(total)) : phase);
            });
    connect(&m_session, &ReviewSession::foundSoFar, this, [this](quint64 count) {
        if (m_session.isBusy())
            m_reviewText->setText(tr("%1 found so far").arg(count));
    });
    QSettings settings;
    m_welcome->setRecent(settings.value(QStringLiteral("recent")).toStringList());
    restoreGeometry(settings.value(QStringLiteral("geometry")).toByteArray());
    updateState();
}

MainWindow::~MainWindow() = default;

QAction *MainWindow::action(const QString &name, const QString &text, const QList<QKeySequence> &keys,
                            std::function<void()> done)
{
    auto *made = new QAction(text, this);
    made->setObjectName(name);
    QSettings settings;
    const QString own = settings.value(QStringLiteral("keys/") + name).toString();
    if (!own.isEmpty())
        made->setShortcut(QKeySequence(own));
    else
        made->setShortcuts(keys);
    if (!keys.isEmpty())
        made->setToolTip(QString(text).remove(QLatin1Char('&')) + QStringLiteral(" (") +
                         keys.front().toString(QKeySequence::NativeText) + QLatin1Char(')'));
    connect(made, &QAction::triggered, this, [done = std::move(done)] { done(); });
    addAction(made);
    m_actions[name] = made;
    return made;
}

void MainWindow::makeActions()
{
    const auto key = [](auto... keys) { return QList<QKeySequence>{QKeySequence(keys)...}; };
    action("openArchive", tr("Open &Archive…"), key(Qt::CTRL | Qt::Key_O), [this] {
        const QString path = QFileDialog::getOpenFileName(this, tr("Open a checkpoint archive or a case"));
        if (!path.isEmpty())
            open(path);
    });
    action("openDirectory", tr("Open &Directory…"), key(Qt::CTRL | Qt::SHIFT | Qt::Key_O), [this] {
        const QString path = QFileDialog::getExistingDirectory(this, tr("Open an image directory"));
        if (!path.isEmpty())
            open(path);
    });
    action("openSample", tr("Open the &Sample"), {}, [this] {
        const QString path = samplePath();
        if (path.isEmpty())
            m_welcome->setError(tr("the sample is not installed"));
        else
            open(path);
    });
    action("saveCase", tr("Save &Case As…"), key(Qt::CTRL | Qt::Key_S), [this] { saveCase(); });
    action("close", tr("C&lose"), key(Qt::CTRL | Qt::Key_W), [this] { m_session.close(); });
    action("quit", tr("&Quit"), key(Qt::CTRL | Qt::Key_Q), [this] { close(); });
    action("undo", tr("&Undo"), key(Qt::CTRL | Qt::Key_Z), [this] { m_session.undo(); });
    action("redo", tr("&Redo"), key(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), [this] { m_session.redo(); });
    action("scan", tr("&Scan"), key(Qt::CTRL | Qt::Key_R), [this] { m_session.startScan(); });
    action("cancel", tr("&Cancel"), key(Qt::Key_Escape), [this] {
        if (m_session.isBusy())
            m_session.cancel();
    });
    action("next", tr("&Next Finding"), key(Qt::Key_N), [this] { m_findings->step(true, false); });
    action("previous", tr("&Previous Finding"), key(Qt::Key_P), [this] { m_findings->step(false, false); });
    action("nextUndecided", tr("Next Undecided"), key(Qt::SHIFT | Qt::Key_N),
           [this] { m_findings->step(true, true); });
    action("previousUndecided", tr("Previous Undecided"), key(Qt::SHIFT | Qt::Key_P),
           [this] { m_findings->step(false, true); });
    action("accept", tr("&Accept"), key(Qt::Key_A), [this] { decideCurrent(Decision::Accepted); });
    action("acceptCopies", tr("Accept All &Copies"), key(Qt::SHIFT | Qt::Key_A), [this] {
        if (const FindingId id = m_findings->current())
            m_session.acceptAllCopies(id);
    });
    action("reject", tr("&Reject"), key(Qt::Key_R),
           [this] { decideCurrent(Decision::Rejected, m_lastReason); });
    action("rejectReason", tr("Reject with a Reason…"), key(Qt::SHIFT | Qt::Key_R),
           [this] { rejectWithReason(); });
    action("undecided", tr("&Undecided"), key(Qt::Key_U), [this] { decideCurrent(Decision::Undecided); });
    action("comment", tr("Co&mment…"), key(Qt::Key_C), [this] { comment(); });
    action("redactSelection", tr("Redact the Se&lection"), key(Qt::Key_X), [this] { redactSelection(); });
    action("endBack", tr("Move the End Back"), key(Qt::Key_BracketLeft), [this] { moveEdge(0, -1); });
    action("endOn", tr("Move the End On"), key(Qt::Key_BracketRight), [this] { moveEdge(0, 1); });
    action("startBack", tr("Move the Start Back"), key(Qt::SHIFT | Qt::Key_BracketLeft, Qt::Key_BraceLeft),
           [this] { moveEdge(-1, 0); });
    action("startOn", tr("Move the Start On"), key(Qt::SHIFT | Qt::Key_BracketRight, Qt::Key_BraceRight),
           [this] { moveEdge(1, 0); });
    action("goTo", tr("&Go To…"), key(Qt::Key_G), [this] {
        m_goTo->setFocus(Qt::ShortcutFocusReason);
        m_goTo->selectAll();
    });
    action("palette", tr("Go to Anything…"), key(Qt::CTRL | Qt::Key_K), [this] { palette(); });
    action("find", tr("&Find…"), key(Qt::Key_Slash, Qt::CTRL | Qt::Key_F), [this] { find(); });
    action("findNext", tr("Find Next"), key(Qt::Key_F3), [this] { findNext(); });
    action("filter", tr("Filter the Findings"), key(Qt::Key_F), [this] { m_findings->focusFilter(); });
    auto *preview = action("preview", tr("Pre&view"), key(Qt::Key_D), [] {});
    preview->setCheckable(true);
    connect(preview, &QAction::toggled, this, &MainWindow::togglePreview);
    auto *mask = action("mask", tr("&Mask Values"), key(Qt::Key_M), [] {});
    mask->setCheckable(true);
    connect(mask, &QAction::toggled, this, [this](bool on) {
        m_hex->setMasked(on);
        m_after->setMasked(on);
    });
    action("export", tr("&Export…"), key(Qt::CTRL | Qt::Key_E), [this] { openExport(); });
    action("keys", tr("&Keys"), key(Qt::Key_Question, Qt::Key_F1), [this] { showKeys(); });
    action("about", tr("&About Cryoscope"), {}, [this] {
        QMessageBox::about(this, tr("Cryoscope"),
                           tr("<b>Cryoscope %1</b><p>Review, redact and prove CRIU checkpoints.</p>"
                              "<p>A proof says that what was accepted is gone. Nothing can prove that "
                              "nothing else is sensitive.</p>")
                               .arg(QStringLiteral(CRYOSCOPE_VERSION)));
    });
    action("nextPane", tr("Next Pane"), key(Qt::Key_F6), [this] {
        const QList<QWidget *> panes{m_treeView, m_hex, m_findings->list()};
        qsizetype at = panes.indexOf(QApplication::focusWidget());
        panes[(at + 1) % panes.size()]->setFocus(Qt::TabFocusReason);
    });
    action("back", tr("&Back"), key(Qt::ALT | Qt::Key_Left), [this] { goBack(false); });
    action("forward", tr("&Forward"), key(Qt::ALT | Qt::Key_Right), [this] { goBack(true); });
    action("problems", tr("&Problems"), {}, [this] { m_centre->setCurrentIndex(2); });
    action("themeSystem", tr("Follow the &System"), {}, [this] { setThemeChoice(ThemeChoice::System); });
    action("themeLight", tr("&Light"), {}, [this] { setThemeChoice(ThemeChoice::Light); });
    action("themeDark", tr("&Dark"), {}, [this] { setThemeChoice(ThemeChoice::Dark); });
}

void MainWindow::makeMenus()
{
    const auto menu = [this](const QString &title, const QList<QString> &names) {
        QMenu *made = menuBar()->addMenu(title);
        for (const QString &name : names) {
            if (name.isEmpty())
                made->addSeparator();
            else
                made->addAction(m_actions.at(name));
        }
        return made;
    };
    menu(tr("&File"),
         {"openArchive", "openDirectory", "openSample", "", "saveCase", "export", "", "close", "quit"});
    menu(tr("&Edit"), {"undo", "redo", "", "redactSelection", "startBack", "startOn", "endBack", "endOn", "",
                       "find", "findNext"});
    auto *view = menu(tr("&View"), {"preview", "mask", "problems", "nextPane", ""});
    auto *theme = view->addMenu(tr("&Theme"));
    for (const char *name : {"themeSystem", "themeLight", "themeDark"})
        theme->addAction(m_actions.at(name));
    menu(tr("&Go"), {"goTo", "palette", "", "back", "forward"});
    menu(tr("&Review"), {"next", "previous", "nextUndecided", "previousUndecided", "", "accept",
                         "acceptCopies", "reject", "rejectReason", "undecided", "comment", "", "filter"});
    menu(tr("&Scan"), {"scan", "cancel"});
    menu(tr("&Help"), {"keys", "about"});
}

void MainWindow::makeToolBar()
{
    QToolBar *bar = addToolBar(tr("Main"));
    m_bar = bar;
    bar->setObjectName(QStringLiteral("mainBar"));
    bar->setMovable(false);
    bar->setToolButtonStyle(Qt::ToolButtonTextOnly);
    m_actions.at("back")->setIconText(QStringLiteral("◀"));
    m_actions.at("forward")->setIconText(QStringLiteral("▶"));
    bar->addAction(m_actions.at("back"));
    bar->addAction(m_actions.at("forward"));
    m_goTo = new QLineEdit(bar);
    m_goTo->setObjectName(QStringLiteral("goToEdit"));
    m_goTo->setAccessibleName(tr("Go to address, pid or member"));
    m_goTo->setPlaceholderText(tr("Go to address, pid, image…  (G)"));
    m_goTo->setMaximumWidth(340);
    connect(m_goTo, &QLineEdit::returnPressed, this, [this] { goTo(m_goTo->text().trimmed()); });
    bar->addWidget(m_goTo);
    bar->addSeparator();
    bar->addAction(m_actions.at("scan"));
    bar->addSeparator();
    m_reviewText = new QLabel(bar);
    m_reviewText->setObjectName(QStringLiteral("reviewText"));
    m_reviewText->setContentsMargins(6, 0, 6, 0);
    m_reviewText->setMinimumWidth(fontMetrics().horizontalAdvance(tr("%1 found so far").arg(99999)) + 12);
    bar->addWidget(m_reviewText);
    m_reviewBar = new QProgressBar(bar);
    m_reviewBar->setObjectName(QStringLiteral("reviewBar"));
    m_reviewBar->setAccessibleName(tr("Findings decided"));
    m_reviewBar->setTextVisible(false);
    m_reviewBar->setFixedSize(120, 12);
    bar->addWidget(m_reviewBar);
    auto *space = new QWidget(bar);
    space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    bar->addWidget(space);
    for (const char *name : {"undo", "redo", "mask", "preview", "export"})
        bar->addAction(m_actions.at(name));
}

void MainWindow::makeWorkspace()
{
    auto *split = new QSplitter(Qt::Horizontal, m_pages);
    split->setObjectName(QStringLiteral("workspace"));
    split->setChildrenCollapsible(false);
    m_pages->addWidget(split);

    m_tree = new CheckpointTree(this);
    m_treeView = new QTreeView(split);
    m_treeView->setObjectName(QStringLiteral("checkpointTree"));
    m_treeView->setAccessibleName(tr("Checkpoint"));
    m_treeView->setModel(m_tree);
    m_treeView->setHeaderHidden(true);
    m_treeView->setUniformRowHeights(true);
    m_treeView->setFrameShape(QFrame::NoFrame);
    m_treeView->setEditTriggers(QAbstractItemView::NoEditTriggers);
    connect(m_treeView->selectionModel(), &QItemSelectionModel::currentChanged, this,
            [this](const QModelIndex &index) {
                if (!m_following)
                    showTarget(m_tree->targetAt(index), std::nullopt);
            });

    auto *centre = new QSplitter(Qt::Vertical, split);
    centre->setChildrenCollapsible(false);
    m_centre = new QTabWidget(centre);
    m_centre->setObjectName(QStringLiteral("centreTabs"));
    m_centre->setDocumentMode(true);
    auto *bytes = new QWidget(m_centre);
    auto *column = new QVBoxLayout(bytes);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    m_where = new QLabel(bytes);
    m_where->setObjectName(QStringLiteral("whereLabel"));
    m_where->setContentsMargins(10, 5, 10, 5);
    m_where->setTextFormat(Qt::PlainText);
    m_where->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    column->addWidget(m_where);
    m_hex = new HexView(bytes);
    m_hex->setEmptyText(tr("Choose a process, an image or a member on the left to see its bytes."));
    column->addWidget(m_hex, 1);
    m_centre->addTab(bytes, tr("Bytes"));

    m_vmas = new VmaModel(this);
    m_vmaView = new QTableView(m_centre);
    m_vmaView->setObjectName(QStringLiteral("vmaTable"));
    m_vmaView->setAccessibleName(tr("Memory areas"));
    m_vmaView->setModel(m_vmas);
    m_vmaView->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_vmaView->setShowGrid(false);
    m_vmaView->setAlternatingRowColors(true);
    m_vmaView->setFrameShape(QFrame::NoFrame);
    m_vmaView->verticalHeader()->hide();
    m_vmaView->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 8);
    m_vmaView->horizontalHeader()->setStretchLastSection(true);
    m_vmaView->horizontalHeader()->setHighlightSections(false);
    m_vmaView->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    const int digits = QFontMetrics(monospaceFont()).horizontalAdvance(QStringLiteral("0000000000000000"));
    m_vmaView->setColumnWidth(VmaModel::Start, digits + 20);
    m_vmaView->setColumnWidth(VmaModel::End, digits + 20);
    m_vmaView->setColumnWidth(VmaModel::Size, 90);
    m_vmaView->setColumnWidth(VmaModel::Permissions, 70);
    m_vmaView->setColumnWidth(VmaModel::Stored, 90);
    connect(m_vmaView, &QTableView::activated, this, [this](const QModelIndex &index) {
        m_centre->setCurrentIndex(0);
        m_hex->goTo(m_vmas->addressAt(index.row()));
        m_hex->setFocus();
    });
    m_centre->addTab(m_vmaView, tr("Memory areas"));

    m_problems = new QListWidget(m_centre);
    m_problems->setObjectName(QStringLiteral("problemList"));
    m_problems->setAccessibleName(tr("Problems"));
    m_problems->setFrameShape(QFrame::NoFrame);
    m_problems->setWordWrap(true);
    m_centre->addTab(m_problems, tr("Problems"));

    m_lower = new QTabWidget(centre);
    m_lower->setObjectName(QStringLiteral("lowerTabs"));
    m_lower->setDocumentMode(true);
    m_decoded = new TextPane(m_lower);
    m_decoded->setObjectName(QStringLiteral("decodedPane"));
    m_decoded->setAccessibleName(tr("Decoded"));
    m_decoded->setPlaceholderText(tr("Images are shown here as JSON, text members as text."));
    m_lower->addTab(m_decoded, tr("Decoded"));
    m_inspector = new Inspector(m_lower);
    m_inspector->follow(m_hex);
    m_lower->addTab(m_inspector, tr("Inspector"));
    m_after = new HexView(m_lower);
    m_after->setObjectName(QStringLiteral("afterView"));
    m_after->setEmptyText(tr("What the export will hold, once something is accepted."));
    m_lower->addTab(m_after, tr("After redaction"));
    connect(m_lower, &QTabWidget::currentChanged, this, [this] { updateAfter(); });
    centre->setStretchFactor(0, 3);
    centre->setStretchFactor(1, 1);
    centre->setSizes({430, 190});

    m_findings =
        new FindingPanel(m_session,
                         {m_actions.at("accept"), m_actions.at("acceptCopies"), m_actions.at("reject"),
                          m_actions.at("rejectReason"), m_actions.at("undecided"), m_actions.at("comment")},
                         split);
    connect(m_findings, &FindingPanel::currentChanged, this, &MainWindow::showFinding);
    connect(m_findings, &FindingPanel::scanAsked, this, [this] { m_session.startScan(); });
    split->setStretchFactor(0, 0);
    split->setStretchFactor(1, 1);
    split->setStretchFactor(2, 0);
    split->setSizes({185, 675, 420});

    connect(m_hex, &HexView::cursorMoved, this, &MainWindow::updateStatus);
    connect(m_hex, &HexView::selectionChanged, this, &MainWindow::updateStatus);
    connect(m_hex, &HexView::markClicked, this, [this](qint64 id) {
        m_following = true;
        m_findings->select(id);
        m_following = false;
    });
    connect(m_hex, &HexView::contextMenuAt, this, [this](const QPoint &at, quint64) {
        QMenu menu;
        for (const char *name :
             {"redactSelection", "accept", "acceptCopies", "reject", "undecided", "comment"})
            menu.addAction(m_actions.at(name));
        menu.exec(at);
    });
}

void MainWindow::tell(const QString &text, int milliseconds)
{
    m_note->setText(text);
    m_note->setToolTip(text);
    m_noteTimer->start(milliseconds);
}

void MainWindow::makeStatusBar()
{
    m_position = new QLabel(this);
    m_position->setObjectName(QStringLiteral("positionLabel"));
    m_position->setFont(monospaceFont());
    m_position->setContentsMargins(8, 0, 8, 0);
    m_position->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    statusBar()->addWidget(m_position, 1);
    m_note = new QLabel(this);
    m_note->setObjectName(QStringLiteral("noteLabel"));
    m_note->setContentsMargins(8, 0, 8, 0);
    m_noteTimer = new QTimer(this);
    m_noteTimer->setSingleShot(true);
    connect(m_noteTimer, &QTimer::timeout, m_note, &QLabel::clear);
    statusBar()->addPermanentWidget(m_note);
    m_work = new QLabel(this);
    m_workBar = new QProgressBar(this);
    m_workBar->setObjectName(QStringLiteral("workBar"));
    m_workBar->setTextVisible(false);
    m_workBar->setFixedSize(160, 12);
    m_cancel = new QToolButton(this);
    m_cancel->setObjectName(QStringLiteral("cancelButton"));
    m_cancel->setText(tr("Cancel"));
    connect(m_cancel, &QToolButton::clicked, this, [this] { m_session.cancel(); });
    for (QWidget *widget : {static_cast<QWidget *>(m_work), static_cast<QWidget *>(m_workBar),
                            static_cast<QWidget *>(m_cancel)})
        statusBar()->addPermanentWidget(widget);
}

QString MainWindow::samplePath()
{
    for (const QString &path :
         {QApplication::applicationDirPath() + QStringLiteral("/../share/cryoscope/sample.tar.zst"),
          QStringLiteral(CRYOSCOPE_SAMPLE)}) {
        if (QFileInfo::exists(path))
            return QFileInfo(path).absoluteFilePath();
    }
    return {};
}

void MainWindow::open(const QString &path)
{
    m_welcome->setError({});
    m_problems->clear();
    m_session.open(path);
}

void MainWindow::takeOpened()
{
    rememberRecent(m_session.casePath().isEmpty() ? m_session.path() : m_session.casePath());
    m_tree->setMemory(m_session.memory());
    m_treeView->expand(m_tree->index(0, 0));
    const QModelIndex processes = m_tree->index(0, 0);
    for (int row = 0; row < m_tree->rowCount(processes) && row < 100; ++row)
        m_treeView->expand(m_tree->index(row, 0, processes));
    m_pages->setCurrentIndex(1);
    showProblems();
    const auto &tasks = m_session.memory()->checkpoint().tasks();
    const auto first =
        std::find_if(tasks.begin(), tasks.end(), [](const Task &task) { return task.hasMemory; });
    if (first != tasks.end())
        showTarget({ByteTarget::Kind::Task, first->pid, 0, noMember}, std::nullopt);
    m_hex->setFocus();
    updateState();
}

void MainWindow::showProblems()
{
    m_problems->clear();
    size_t serious = 0;
    for (const Problem &problem : m_session.memory()->problems()) {
        const bool note = problem.severity == Severity::Note;
        serious += note ? 0 : 1;
        m_problems->addItem((note ? tr("Note: ") : tr("Problem: ")) +
                            QString::fromStdString(problem.error.describe()));
    }
    m_centre->setTabText(2, m_problems->count() == 0 ? tr("Problems")
                                                     : tr("Problems (%1)").arg(m_problems->count()));
    if (m_problems->count() == 0)
        m_problems->addItem(tr("Everything in this checkpoint could be read."));
    if (serious > 0)
        tell(tr("%n part(s) of the checkpoint cannot be read: see Problems", nullptr,
                static_cast<int>(serious)),
             15000);
}

void MainWindow::showTarget(const ByteTarget &target, std::optional<uint64_t> address)
{
    if (target.kind == ByteTarget::Kind::None || !m_session.memory())
        return;
    if (target == m_target && m_document) {
        if (address)
            m_hex->goTo(*address);
        return;
    }
    if (m_openJob.isRunning()) {
        m_openJob.cancel(); // segments of the one before; its result is dropped below
        QMetaObject::invokeMethod(
            this, [this, target, address] { showTarget(target, address); }, Qt::QueuedConnection);
        return;
    }
    auto segments = std::make_shared<std::vector<HexSegment>>();
    m_openJob.start([segments, memory = m_session.memory(),
                     target](Progress &, std::stop_token) { *segments = segmentsOf(*memory, target); },
                    [this, segments, memory = m_session.memory(), target, address] {
                        if (memory == m_session.memory())
                            takeDocument(target, std::move(*segments), address);
                    });
}

void MainWindow::takeDocument(const ByteTarget &target, std::vector<HexSegment> segments,
                              std::optional<uint64_t> address)
{
    const auto &memory = m_session.memory();
    const QString gap = target.kind == ByteTarget::Kind::Task ? tr("not mapped") : tr("not there");
    const QString title = titleOf(*memory, target);
    m_hex->setDocument(nullptr);
    m_after->setDocument(nullptr);
    m_target = target;
    m_document = std::make_unique<ReadDocument>(title, gap, segments,
                                                readerOf(memory, target, m_preview ? m_patches : nullptr));
    m_afterDocument =
        std::make_unique<ReadDocument>(title, gap, std::move(segments), readerOf(memory, target, m_patches));
    m_hex->setDocument(m_document.get());
    m_after->setDocument(m_afterDocument.get());
    if (address)
        m_hex->goTo(*address);
    else if (target.kind == ByteTarget::Kind::Task) {
        // The heap says more than the program's text.
        const Task *task = memory->checkpoint().task(target.pid);
        for (const Vma &vma : task->vmas) {
            if (vma.is(VmaHeap) || (task->layout.heapStart != 0 && vma.start == task->layout.heapStart)) {
                m_hex->goTo(vma.start);
                break;
            }
        }
    }
    if (target.kind == ByteTarget::Kind::Task)
        m_vmas->setTask(memory, target.pid);
    else
        m_vmas->clear();
    m_following = true;
    if (const QModelIndex index = m_tree->indexOf(target); index.isValid())
        m_treeView->setCurrentIndex(index);
    m_following = false;
    m_history.resize(std::min(m_history.size(), m_historyAt));
    m_history.push_back({target, m_hex->cursor()});
    m_historyAt = m_history.size();
    updateMarks();
    updateStatus();
    showDecoded(target);
}

void MainWindow::showDecoded(const ByteTarget &target)
{
    if (m_decodeJob.isRunning()) {
        m_decodeJob.cancel();
        QMetaObject::invokeMethod(
            this,
            [this, target] {
                if (target == m_target)
                    showDecoded(target);
            },
            Qt::QueuedConnection);
        return;
    }
    const auto memory = m_session.memory();
    struct Shown {
        QString text;
        QString name;
    };
    auto shown = std::make_shared<Shown>();
    MemberId member = target.member;
    if (target.kind == ByteTarget::Kind::Task) {
        const Member *mm = memory->checkpoint().imageMember("mm-" + std::to_string(target.pid) + ".img");
        member = mm != nullptr ? mm->id : noMember;
    }
    if (member == noMember) {
        m_decoded->setContent({}, {});
        return;
    }
    m_decodeJob.start(
        [shown, memory, member](Progress &, std::stop_token stop) {
            const Member &entry = memory->checkpoint().archive().member(member);
            if (!entry.content || memory->isPagesFile(member))
                return;
            if (Image::looksLikeImage(*entry.content)) {
                const auto image = memory->checkpoint().openImage(member);
                if (!image) {
                    shown->text = QString::fromStdString(image.error().describe());
                    return;
                }
                QByteArray json;
                bool cut = false;
                const auto done = critDecode(*image, {.pretty = true}, [&](std::string_view piece) {
                    if (static_cast<size_t>(json.size()) < maxDecoded && !stop.stop_requested())
                        json.append(piece.data(), static_cast<qsizetype>(piece.size()));
                    else
                        cut = true;
                });
                shown->text = QString::fromUtf8(json);
                shown->name = QStringLiteral("image.json");
                if (!done)
                    shown->text += QLatin1Char('\n') + QString::fromStdString(done.error().describe());
                if (cut)
                    shown->text += tr("\n… only the beginning is shown");
                return;
            }
            const auto bytes = entry.content->readAll(0, std::min(maxText, entry.content->size()));
            if (!bytes || !looksLikeText(std::span(*bytes).first(std::min<size_t>(bytes->size(), 4096))))
                return;
            shown->text = QString::fromUtf8(reinterpret_cast<const char *>(bytes->data()),
                                            static_cast<qsizetype>(bytes->size()));
            if (entry.content->size() > maxText)
                shown->text += tr("\n… only the beginning is shown");
            const QString path = QString::fromStdString(entry.path);
            const bool json =
                !bytes->empty() && (bytes->front() == std::byte{'{'} || bytes->front() == std::byte{'['});
            shown->name = json ? QStringLiteral("x.json")
                               : path.section(QLatin1Char('/'), -1).section(QLatin1Char('!'), -1);
        },
        [this, shown, target] {
            if (target == m_target)
                m_decoded->setContent(shown->text, shown->name);
        });
}

void MainWindow::updateMarks()
{
    std::vector<HexMark> marks;
    const auto &memory = m_session.memory();
    if (memory && m_document && m_session.findings().size() <= maxMarked) {
        const Theme theme = themeFor(QWidget::palette());
        const Archive &archive = memory->checkpoint().archive();
        Extent base;
        if (m_target.kind == ByteTarget::Kind::Member)
            base = archive.canonical({m_target.member, 0, archive.member(m_target.member).content->size()});
        for (const CaseFinding &entry : m_session.findings()) {
            const MarkState state = m_preview && entry.decision == Decision::Accepted
                                        ? MarkState::Changed
                                        : FindingsModel::markState(entry);
            const QString text =
                theme.look(state).name + QStringLiteral(", ") + QString::fromStdString(entry.finding.kind);
            for (const Extent &part : entry.finding.parts) {
                if (m_target.kind == ByteTarget::Kind::Member) {
                    if (part.member == base.member) {
                        const ByteRange common = part.range().intersected(base.range());
                        if (!common.empty())
                            marks.push_back(
                                {common.offset - base.offset, common.length, state, entry.id, text});
                    }
                    continue;
                }
                for (const MemoryPlace &place : memory->places(part)) {
                    const bool here = m_target.kind == ByteTarget::Kind::Task
                                          ? place.pid == m_target.pid
                                          : place.sharedId == m_target.sharedId && place.pid == 0;
                    if (here)
                        marks.push_back({place.address, part.length, state, entry.id, text});
                }
            }
        }
    }
    std::vector<HexMark> after;
    for (HexMark mark : marks) {
        if (mark.state == MarkState::Accepted || mark.state == MarkState::Manual ||
            mark.state == MarkState::Changed) {
            mark.state = MarkState::Changed;
            after.push_back(std::move(mark));
        }
    }
    m_after->setMarks(std::move(after));
    m_hex->setMarks(std::move(marks));
    m_hex->setActiveMark(m_findings->current());
    m_after->setActiveMark(m_findings->current());
}

void MainWindow::updateAfter()
{
    const bool wanted = m_preview || m_lower->currentWidget() == m_after;
    if (!wanted || !m_planStale || !m_session.isOpen() || m_session.isBusy())
        return;
    if (m_planJob.isRunning())
        return; // asks again when it is done
    m_planStale = false;
    auto patches = std::make_shared<std::map<MemberId, std::vector<Patch>>>();
    m_planJob.start(
        [patches, memory = m_session.memory(), findings = m_session.findings()](Progress &, std::stop_token) {
            if (const auto plan = RedactionPlan::make(*memory, findings, Replacement{}))
                *patches = plan->patches();
        },
        [this, patches, memory = m_session.memory()] {
            if (memory != m_session.memory())
                return;
            m_patches = patches;
            if (m_afterDocument)
                m_afterDocument->setReader(readerOf(memory, m_target, m_patches));
            if (m_document && m_preview)
                m_document->setReader(readerOf(memory, m_target, m_patches));
            updateAfter();
        });
}

void MainWindow::togglePreview(bool on)
{
    m_preview = on;
    if (!m_session.isOpen())
        return;
    updateAfter();
    if (m_document)
        m_document->setReader(readerOf(m_session.memory(), m_target, on ? m_patches : nullptr));
    updateMarks();
    updateStatus();
}

void MainWindow::showFinding(FindingId id)
{
    m_hex->setActiveMark(id);
    m_after->setActiveMark(id);
    const CaseFinding *entry = m_session.finding(id);
    updateState();
    if (entry == nullptr || m_following || entry->finding.parts.empty() || !m_session.memory())
        return;
    const Finding &finding = entry->finding;
    if (finding.pid != 0) {
        showTarget({ByteTarget::Kind::Task, finding.pid, 0, noMember}, finding.address);
    } else {
        const auto places = m_session.memory()->places(finding.parts.front());
        if (!places.empty() && places.front().pid == 0) {
            showTarget({ByteTarget::Kind::Shared, 0, places.front().sharedId, noMember},
                       places.front().address);
        } else {
            const Extent inner = m_session.memory()->checkpoint().archive().innermost(finding.parts.front());
            showTarget({ByteTarget::Kind::Member, 0, 0, inner.member}, inner.offset);
        }
    }
    m_centre->setCurrentIndex(0);
    if (m_target.kind != ByteTarget::Kind::None)
        m_after->goTo(m_hex->cursor());
}

void MainWindow::decideCurrent(Decision decision, Reason reason)
{
    const FindingId id = m_findings->current();
    if (id == 0)
        return;
    std::vector<FindingId> ids;
    const auto *model = static_cast<const FindingsModel *>(m_findings->list()->model());
    for (const QModelIndex &index : m_findings->list()->selectionModel()->selectedRows())
        ids.push_back(model->idAt(index.row()));
    if (ids.empty())
        ids.push_back(id);
    m_session.decide(ids, decision, reason);
    if (decision != Decision::Undecided)
        m_findings->step(true, true);
}

void MainWindow::rejectWithReason()
{
    if (m_findings->current() == 0)
        return;
    QStringList names;
    for (const Reason reason :
         {Reason::NotASecret, Reason::TestData, Reason::Public, Reason::NeededForDebugging, Reason::Other})
        names << QString::fromStdString(reasonName(reason));
    bool chosen = false;
    const QString name = QInputDialog::getItem(this, tr("Reject"), tr("Why is it no secret to redact?"),
                                               names, static_cast<int>(m_lastReason) - 1, false, &chosen);
    if (!chosen)
        return;
    m_lastReason = static_cast<Reason>(names.indexOf(name) + 1);
    decideCurrent(Decision::Rejected, m_lastReason);
}

void MainWindow::comment()
{
    const CaseFinding *entry = m_session.finding(m_findings->current());
    if (entry == nullptr)
        return;
    bool done = false;
    const QString text =
        QInputDialog::getText(this, tr("Comment"), tr("Comment (kept in the case; do not write the value)"),
                              QLineEdit::Normal, QString::fromStdString(entry->comment), &done);
    if (done)
        m_session.setComment(entry->id, text);
}

void MainWindow::redactSelection()
{
    const HexSelection selection = m_hex->selection();
    if (!m_session.isOpen() || m_target.kind == ByteTarget::Kind::None)
        return;
    if (selection.length == 0) {
        tell(tr("Select bytes first: Shift and arrows, or drag"), 6000);
        return;
    }
    auto parts = extentsOf(*m_session.memory(), m_target, selection.start, selection.length);
    if (!parts) {
        tell(QString::fromStdString(parts.error().describe()), 10000);
        return;
    }
    m_session.addManual(std::move(*parts), {});
}

void MainWindow::moveEdge(int start, int end)
{
    const CaseFinding *entry = m_session.finding(m_findings->current());
    if (entry == nullptr || entry->finding.parts.empty())
        return;
    // Along the addresses where it is seen, over page borders; in a member along its offsets.
    const Finding &finding = entry->finding;
    ByteTarget target{ByteTarget::Kind::Task, finding.pid, 0, noMember};
    uint64_t from = finding.address;
    if (finding.pid == 0) {
        const Extent inner = m_session.memory()->checkpoint().archive().innermost(finding.parts.front());
        target = {ByteTarget::Kind::Member, 0, 0, inner.member};
        from = inner.offset;
    }
    const uint64_t length = finding.length();
    if ((start < 0 && from == 0) || (length <= 1 && (start > 0 || end < 0)))
        return;
    from = start < 0 ? from - 1 : from + static_cast<uint64_t>(start);
    const uint64_t now =
        start != 0 ? (start < 0 ? length + 1 : length - 1) : (end < 0 ? length - 1 : length + 1);
    auto parts = extentsOf(*m_session.memory(), target, from, now);
    if (parts)
        m_session.setParts(entry->id, std::move(*parts));
    else
        tell(QString::fromStdString(parts.error().describe()), 8000);
}

void MainWindow::goTo(const QString &text)
{
    if (text.isEmpty() || !m_session.isOpen())
        return;
    const Checkpoint &checkpoint = m_session.memory()->checkpoint();
    bool isNumber = false;
    const bool hexPrefix = text.startsWith(QStringLiteral("0x"), Qt::CaseInsensitive);
    const quint64 decimal = text.toULongLong(&isNumber);
    if (isNumber && checkpoint.task(static_cast<uint32_t>(decimal)) != nullptr) {
        showTarget({ByteTarget::Kind::Task, static_cast<uint32_t>(decimal), 0, noMember}, std::nullopt);
    } else {
        const quint64 address = (hexPrefix ? text.mid(2) : text).toULongLong(&isNumber, 16);
        const Member *member = nullptr;
        for (const Member &entry : checkpoint.archive().members()) {
            if (entry.content && QString::fromStdString(entry.path).endsWith(text)) {
                member = &entry;
                break;
            }
        }
        if (member != nullptr) {
            showTarget({ByteTarget::Kind::Member, 0, 0, member->id}, std::nullopt);
        } else if (isNumber && m_document) {
            m_centre->setCurrentIndex(0);
            m_hex->goTo(address);
        } else {
            tell(tr("There is no address, process or member \"%1\"").arg(text), 8000);
            return;
        }
    }
    m_hex->setFocus();
}

void MainWindow::palette()
{
    if (!m_session.isOpen())
        return;
    QDialog dialog(this);
    dialog.setObjectName(QStringLiteral("paletteDialog"));
    dialog.setWindowTitle(tr("Go to anything"));
    dialog.resize(620, 420);
    auto *layout = new QVBoxLayout(&dialog);
    auto *edit = new QLineEdit(&dialog);
    edit->setObjectName(QStringLiteral("paletteEdit"));
    edit->setPlaceholderText(tr("Address, pid, image, member, command"));
    auto *list = new QListWidget(&dialog);
    list->setObjectName(QStringLiteral("paletteList"));
    layout->addWidget(edit);
    layout->addWidget(list);
    const Checkpoint &checkpoint = m_session.memory()->checkpoint();
    const auto fill = [&](const QString &filter) {
        constexpr int most = 200;
        list->clear();
        const auto add = [&](const QString &title, const QString &goal) {
            if (list->count() < most && title.contains(filter, Qt::CaseInsensitive)) {
                auto *item = new QListWidgetItem(title, list);
                item->setData(Qt::UserRole, goal);
            }
        };
        if (filter.startsWith(QStringLiteral("0x")))
            add(filter, filter);
        for (const Task &task : checkpoint.tasks())
            add(tr("process %1 %2").arg(task.pid).arg(QString::fromStdString(task.comm)),
                QString::number(task.pid));
        for (const auto &[name, entry] : m_actions)
            add(QString(entry->text()).remove(QLatin1Char('&')) + QStringLiteral("   ") +
                    entry->shortcut().toString(),
                QStringLiteral("action:") + name);
        for (const Member &member : checkpoint.archive().members()) {
            if (member.content)
                add(QString::fromStdString(member.path), QString::fromStdString(member.path));
        }
        list->setCurrentRow(0);
    };
    fill({});
    connect(edit, &QLineEdit::textChanged, &dialog, fill);
    connect(edit, &QLineEdit::returnPressed, &dialog, &QDialog::accept);
    connect(list, &QListWidget::itemActivated, &dialog, &QDialog::accept);
    if (dialog.exec() != QDialog::Accepted || list->currentItem() == nullptr)
        return;
    const QString chosen = list->currentItem()->data(Qt::UserRole).toString();
    if (chosen.startsWith(QStringLiteral("action:")))
        m_actions.at(chosen.mid(7))->trigger();
    else
        goTo(chosen);
}

void MainWindow::find()
{
    if (!m_session.isOpen())
        return;
    bool done = false;
    const QString text = QInputDialog::getText(this, tr("Find"), tr("Text, or bytes as hex: 41 42 …"),
                                               QLineEdit::Normal, QString(), &done);
    if (!done || text.isEmpty())
        return;
    static const QRegularExpression pairs(QStringLiteral("^([0-9a-fA-F]{2} )*[0-9a-fA-F]{2}$"));
    const bool bytes = text.contains(QLatin1Char(' ')) && pairs.match(text).hasMatch();
    m_searched = bytes ? QByteArray::fromHex(text.toLatin1()).toStdString() : text.toStdString();
    findNext();
}

void MainWindow::findNext()
{
    if (m_searched.empty() || !m_document || m_findJob.isRunning())
        return;
    auto found = std::make_shared<std::optional<uint64_t>>();
    auto segments = std::make_shared<const std::vector<HexSegment>>(m_document->segments());
    m_findJob.start(
        [found, segments, memory = m_session.memory(), target = m_target, needle = m_searched,
         from = m_hex->cursor() + 1](Progress &, std::stop_token stop) {
            const auto reader = readerOf(memory, target, nullptr);
            // From the cursor to the end, then from the start to the cursor.
            for (const bool wrapped : {false, true}) {
                std::string carried; // the end of a segment that its neighbour goes on with
                uint64_t end = 0;
                for (const HexSegment &segment : *segments) {
                    if (!segment.present)
                        continue;
                    if (segment.start != end)
                        carried.clear();
                    end = segment.start + segment.length;
                    constexpr uint64_t piece = uint64_t{1} << 20;
                    for (uint64_t at = segment.start;
                         at - segment.start < segment.length && !stop.stop_requested();) {
                        const uint64_t length = std::min(piece, segment.length - (at - segment.start));
                        if (!wrapped && at + length <= from) {
                            at += length;
                            continue;
                        }
                        const auto bytes = reader(at, length);
                        if (!bytes)
                            break;
                        const std::string text = carried + std::string(asText(*bytes));
                        const uint64_t base = at - carried.size();
                        const size_t skip = !wrapped && from > base ? static_cast<size_t>(from - base) : 0;
                        if (const size_t hit = text.find(needle, skip); hit != std::string::npos) {
                            *found = base + hit;
                            return;
                        }
                        carried = text.substr(text.size() - std::min(text.size(), needle.size() - 1));
                        at += length;
                    }
                }
            }
        },
        [this, found, target = m_target] {
            if (target != m_target)
                return;
            if (*found) {
                m_centre->setCurrentIndex(0);
                m_hex->goTo(**found);
                m_hex->select(**found, m_searched.size());
                m_hex->setFocus();
            } else {
                tell(tr("Not found in %1").arg(titleOf(*m_session.memory(), m_target)), 8000);
            }
        });
}

void MainWindow::goBack(bool forward)
{
    if (forward ? m_historyAt >= m_history.size() : m_historyAt < 2)
        return;
    m_historyAt = forward ? m_historyAt + 1 : m_historyAt - 1;
    const std::vector<Visit> kept = m_history;
    const size_t at = m_historyAt;
    const Visit visit = kept[at - 1];
    m_historyAt = at - 1; // taking the document puts it back
    showTarget(visit.target, visit.address);
}

void MainWindow::openExport()
{
    if (!m_session.isOpen() || m_session.isBusy())
        return;
    delete m_export;
    m_export = new ExportDialog(m_session, this);
    connect(m_export, &QObject::destroyed, this, [this] { m_export = nullptr; });
    m_export->open();
}

void MainWindow::saveCase()
{
    if (!m_session.isOpen())
        return;
    const QString path = QFileDialog::getSaveFileName(this, tr("Save the case"),
                                                      m_session.path() + QStringLiteral(".cryoscope"),
                                                      tr("Cases (*.cryoscope)"));
    if (!path.isEmpty())
        m_session.saveCaseAs(path);
}

void MainWindow::showKeys()
{
    QDialog dialog(this);
    dialog.setObjectName(QStringLiteral("keysDialog"));
    dialog.setWindowTitle(tr("Keys"));
    dialog.resize(460, 560);
    auto *layout = new QVBoxLayout(&dialog);
    auto *text = new QTextBrowser(&dialog);
    QString html = QStringLiteral("<table cellpadding='3'>");
    for (QAction *menuAction : menuBar()->actions()) {
        html += QStringLiteral("<tr><td colspan='2'><b>%1</b></td></tr>")
                    .arg(QString(menuAction->text()).remove(QLatin1Char('&')).toHtmlEscaped());
        for (QAction *entry : menuAction->menu()->actions()) {
            if (!entry->shortcut().isEmpty())
                html += QStringLiteral("<tr><td><code>%1</code></td><td>%2</td></tr>")
                            .arg(entry->shortcut().toString(QKeySequence::NativeText).toHtmlEscaped(),
                                 QString(entry->text()).remove(QLatin1Char('&')).toHtmlEscaped());
        }
    }
    text->setHtml(html + QStringLiteral("</table>"));
    layout->addWidget(text);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, &dialog);
    connect(buttons, &QDialogButtonBox::rejected, &dialog, &QDialog::reject);
    layout->addWidget(buttons);
    dialog.exec();
}

void MainWindow::updateState()
{
    const bool open = m_session.isOpen();
    const bool busy = m_session.isBusy();
    const bool current = open && !busy && m_findings->current() != 0;
    for (const char *name : {"accept", "acceptCopies", "reject", "rejectReason", "undecided", "comment",
                             "startBack", "startOn", "endBack", "endOn"})
        m_actions.at(name)->setEnabled(current);
    for (const char *name : {"scan", "export", "saveCase", "redactSelection"})
        m_actions.at(name)->setEnabled(open && !busy);
    for (const char *name :
         {"close", "goTo", "palette", "find", "findNext", "filter", "preview", "mask", "next", "previous",
          "nextUndecided", "previousUndecided", "back", "forward", "problems"})
        m_actions.at(name)->setEnabled(open);
    m_actions.at("cancel")->setEnabled(busy);
    const Case *review = busy ? nullptr : m_session.review();
    m_actions.at("undo")->setEnabled(review != nullptr && review->canUndo());
    m_actions.at("redo")->setEnabled(review != nullptr && review->canRedo());
    m_actions.at("undo")->setToolTip(review != nullptr && review->canUndo()
                                         ? tr("Undo: %1").arg(QString::fromStdString(review->undoText()))
                                         : tr("Nothing to undo"));
    m_bar->setVisible(open);
    m_position->setVisible(open);
    const size_t all = m_session.findings().size();
    const size_t decided = m_session.decided();
    m_reviewText->setText(open ? tr("Review %1/%2").arg(decided).arg(all) : QString());
    m_reviewBar->setEnabled(all > 0);
    m_reviewBar->setRange(0, static_cast<int>(std::max<size_t>(all, 1)));
    m_reviewBar->setValue(static_cast<int>(decided));
    for (QWidget *widget : {static_cast<QWidget *>(m_work), static_cast<QWidget *>(m_workBar),
                            static_cast<QWidget *>(m_cancel)})
        widget->setVisible(busy);
    QString title = tr("Cryoscope");
    if (open)
        title = QFileInfo(m_session.path()).fileName() + QStringLiteral(" — ") + title;
    setWindowTitle(title);
    if (!open)
        m_position->clear();
}

void MainWindow::updateStatus()
{
    if (!m_session.memory() || m_target.kind == ByteTarget::Kind::None) {
        m_where->clear();
        return;
    }
    const Memory &memory = *m_session.memory();
    const Archive &archive = memory.checkpoint().archive();
    const uint64_t cursor = m_hex->cursor();
    QString where = titleOf(memory, m_target);
    if (m_target.kind == ByteTarget::Kind::Task) {
        if (const auto space = memory.addressSpace(m_target.pid)) {
            if (const Vma *vma = space->vmaAt(cursor))
                where +=
                    QStringLiteral("  ·  %1  %2  %3")
                        .arg(QString::fromStdString(vma->label()), QString::fromStdString(vma->permissions()))
                        .arg(vma->start, 0, 16);
        }
    }
    if (m_preview)
        where += tr("  ·  preview of the export");
    m_where->setText(where);
    m_where->setToolTip(where);
    QString position;
    if (m_target.kind == ByteTarget::Kind::Task)
        position = tr("pid %1 · ").arg(m_target.pid);
    position += QStringLiteral("0x%1").arg(cursor, 0, 16);
    if (const uint64_t length = m_hex->selection().length; length > 0)
        position += tr(" · %n byte(s)", nullptr, static_cast<int>(std::min<uint64_t>(length, INT_MAX)));
    if (const auto parts = extentsOf(memory, m_target, cursor, 1); parts && !parts->empty()) {
        const Extent inner = archive.innermost(parts->front());
        position += QStringLiteral(" · %1+0x%2")
                        .arg(QString::fromStdString(archive.member(inner.member).path))
                        .arg(inner.offset, 0, 16);
        const auto places = memory.places(parts->front());
        if (places.size() > 1)
            position += tr(" · shared by %1 places").arg(places.size());
    }
    m_position->setText(position);
    m_position->setToolTip(position);
}

void MainWindow::updateIcons()
{
    const Theme theme = themeFor(QApplication::palette());
    m_actions.at("accept")->setIcon(stateIcon(MarkState::Accepted, theme));
    m_actions.at("reject")->setIcon(stateIcon(MarkState::Rejected, theme));
    m_actions.at("undecided")->setIcon(stateIcon(MarkState::Undecided, theme));
    m_actions.at("redactSelection")->setIcon(stateIcon(MarkState::Manual, theme));
}

void MainWindow::setThemeChoice(ThemeChoice choice)
{
    applyTheme(*qApp, choice);
    QSettings().setValue(QStringLiteral("theme"), static_cast<int>(choice));
    updateIcons();
}

void MainWindow::changeEvent(QEvent *event)
{
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && !m_actions.empty() && m_findings != nullptr)
        updateIcons();
}

void MainWindow::rememberRecent(const QString &path)
{
    QSettings settings;
    QStringList recent = settings.value(QStringLiteral("recent")).toStringList();
    recent.removeAll(path);
    recent.prepend(path);
    settings.setValue(QStringLiteral("recent"), recent.mid(0, maxRecent));
    m_welcome->setRecent(recent.mid(0, maxRecent));
}

void MainWindow::dragEnterEvent(QDragEnterEvent *event)
{
    if (event->mimeData()->hasUrls() && event->mimeData()->urls().front().isLocalFile())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent *event)
{
    open(event->mimeData()->urls().front().toLocalFile());
    event->acceptProposedAction();
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    QSettings().setValue(QStringLiteral("geometry"), saveGeometry());
    QMainWindow::closeEvent(event);
}

} // namespace cryoscope::ui
