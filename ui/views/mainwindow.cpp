// SPDX-License-Identifier: Apache-2.0
#include "ui/views/mainwindow.h"

#include "ui/compare/comparepane.h"
#include "ui/export/exportdialog.h"
#include "ui/help/keysdialog.h"
#include "ui/hexview/hexview.h"
#include "ui/review/conflictsdialog.h"
#include "ui/review/copiesdialog.h"
#include "ui/review/knownvaluesdialog.h"
#include "ui/views/actions.h"
#include "ui/views/decodedloader.h"
#include "ui/views/fieldspane.h"
#include "ui/views/findingpanel.h"
#include "ui/views/findpane.h"
#include "ui/views/judge.h"
#include "ui/views/mainbar.h"
#include "ui/views/marksupdater.h"
#include "ui/views/navigator.h"
#include "ui/views/palettedialog.h"
#include "ui/views/previewer.h"
#include "ui/views/restorecheck.h"
#include "ui/views/statusline.h"
#include "ui/views/welcomepage.h"
#include "ui/views/workspace.h"

#include <QAction>
#include <QApplication>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>

namespace cryoscope::ui
{

namespace
{

constexpr int maxRecent = 8;
constexpr int longNote = 15000; // milliseconds that a note about trouble stays

} // namespace

MainWindow::MainWindow(QWidget *parent)
    : QMainWindow(parent), m_plan(m_session), m_masks(m_session, PreviewPlan::Of::All),
      m_actions(new Actions(this)), m_pages(new QStackedWidget(this)), m_welcome(new WelcomePage(m_pages)),
      m_workspace(new Workspace(m_session, *m_actions, m_pages)), m_bar(new MainBar(*m_actions, this)),
      m_status(new StatusLine(statusBar())),
      m_navigator(new Navigator(m_session, *m_workspace, m_plan, this)),
      m_marks(new MarksUpdater(m_session, m_workspace->hex(), m_workspace->after(), this)),
      m_decoded(new DecodedLoader(m_workspace->decoded(), this)),
      m_judge(new Judge(m_session, *m_workspace, *m_navigator, this)),
      m_check(new RestoreCheck(m_session, *m_workspace, this))
{
    setObjectName(QStringLiteral("mainWindow"));
    setWindowTitle(tr("Cryoscope"));
    setAcceptDrops(true);
    resize(1280, 720);
    setCentralWidget(m_pages);
    m_pages->addWidget(m_welcome);
    m_pages->addWidget(m_workspace);
    m_actions->makeMenus(menuBar());
    addToolBar(m_bar);
    connectSession();
    connectPanes();
    connectFileActions();
    connectReviewActions();
    connectViewActions();
    QSettings settings;
    m_welcome->setRecent(settings.value(QStringLiteral("recent")).toStringList());
    restoreGeometry(settings.value(QStringLiteral("geometry")).toByteArray());
    m_ready = true;
    m_actions->updateIcons();
    updateState();
}

MainWindow::~MainWindow()
{
    delete m_export; // its work uses the session, which goes before the children do
}

void MainWindow::connectSession()
{
    connect(&m_session, &ReviewSession::opened, this, &MainWindow::takeOpened);
    connect(&m_session, &ReviewSession::closed, this, &MainWindow::takeClosed);
    connect(&m_session, &ReviewSession::failed, this, [this](const QString &text) {
        if (!m_session.isOpen())
            m_welcome->setError(text);
        else
            m_workspace->addProblem(text);
        m_status->tell(text, longNote);
        updateState();
    });
    connect(&m_session, &ReviewSession::message, m_status,
            [this](const QString &text) { m_status->tell(text); });
    connect(&m_session, &ReviewSession::busyChanged, this, &MainWindow::updateState);
    connect(&m_session, &ReviewSession::findingsReset, this, &MainWindow::updateState);
    connect(&m_session, &ReviewSession::findingsAdded, this, &MainWindow::updateState);
    connect(&m_session, &ReviewSession::findingsChanged, this, &MainWindow::updateState);
    connect(&m_session, &ReviewSession::stepsChanged, this, &MainWindow::updateState);
    connect(&m_session, &ReviewSession::copiesFound, this,
            [this](FindingId id, const std::vector<Finding> &places) {
                const auto entry = m_session.finding(id);
                if (!entry)
                    return;
                const bool alone = std::all_of(places.begin(), places.end(), [entry](const Finding &one) {
                    return one.parts == entry->finding.parts;
                });
                if (alone) {
                    m_session.decide({id}, Decision::Accepted);
                    m_status->tell(tr("Accepted; its value stands nowhere else"));
                } else {
                    (new CopiesDialog(m_session, id, places, this))->open();
                }
            });
    connect(&m_session, &ReviewSession::decisionsTaken, this,
            [this](const std::vector<MergeConflict> &conflicts) {
                if (!conflicts.empty())
                    (new ConflictsDialog(m_session, conflicts, this))->open();
            });
    connect(&m_session, &ReviewSession::progressed, m_status, &StatusLine::setProgress);
    connect(&m_session, &ReviewSession::foundSoFar, this, [this](quint64 count) {
        if (m_session.isBusy())
            m_bar->showFoundSoFar(count);
    });
    connect(m_status, &StatusLine::cancelAsked, this, &MainWindow::cancel);
}

void MainWindow::connectPanes()
{
    connect(m_welcome, &WelcomePage::openArchive, m_actions->at("openArchive"), &QAction::trigger);
    connect(m_welcome, &WelcomePage::openDirectory, m_actions->at("openDirectory"), &QAction::trigger);
    connect(m_welcome, &WelcomePage::openSample, m_actions->at("openSample"), &QAction::trigger);
    connect(m_welcome, &WelcomePage::openRecent, this, &MainWindow::open);
    connect(m_bar, &MainBar::goToAsked, this, &MainWindow::goTo);
    connect(m_navigator, &Navigator::targetChanged, this, [this] {
        m_marks->setTarget(m_navigator->target());
        if (m_navigator->document() != nullptr) {
            m_decoded->show(m_session.memory(), m_navigator->target());
            m_workspace->fields()->show(m_session.memory(), m_navigator->target());
        } else {
            m_decoded->clear();
            m_workspace->fields()->clear();
        }
        updatePosition();
    });
    connect(m_navigator, &Navigator::historyChanged, this, &MainWindow::updateState);
    connect(m_workspace, &Workspace::lowerChanged, this, &MainWindow::updatePreview);
    connect(m_workspace->hex(), &HexView::cursorMoved, this, &MainWindow::updatePosition);
    connect(m_workspace->hex(), &HexView::selectionChanged, this, &MainWindow::updatePosition);
    connect(m_workspace->hex(), &HexView::markClicked, this, [this](qint64 id) {
        m_following = true;
        m_workspace->findings()->select(id);
        m_following = false;
    });
    connect(m_workspace->findings(), &FindingPanel::currentChanged, this, &MainWindow::showFinding);
    connect(m_workspace->findings(), &FindingPanel::activated, this, &MainWindow::showFinding);
    connect(m_workspace, &Workspace::setAsked, &m_session, &ReviewSession::showSet);
    connect(m_workspace->findings(), &FindingPanel::scanAsked, this, [this] { m_session.startScan(); });
    connect(m_workspace->fields(), &FieldsPane::pathChanged, this, &MainWindow::updatePosition);
    FindPane *find = m_workspace->find();
    connect(find, &FindPane::hitActivated, m_navigator, &Navigator::showHit);
    connect(find, &FindPane::progressed, m_status, &StatusLine::setProgress);
    connect(find, &FindPane::busyChanged, this, &MainWindow::updateState);
    ComparePane *compare = m_workspace->compare();
    connect(compare, &ComparePane::placeAsked, m_navigator, &Navigator::showRange);
    connect(compare, &ComparePane::progressed, m_status, &StatusLine::setProgress);
    connect(compare, &ComparePane::busyChanged, this, &MainWindow::updateState);
    connect(compare, &ComparePane::note, m_status, [this](const QString &text) { m_status->tell(text); });
    connect(m_judge, &Judge::note, m_status, [this](const QString &text) { m_status->tell(text); });
}

void MainWindow::connectFileActions()
{
    m_actions->on("openArchive", [this] {
        const QString path = QFileDialog::getOpenFileName(this, tr("Open a checkpoint archive or a case"));
        if (!path.isEmpty())
            open(path);
    });
    m_actions->on("openDirectory", [this] {
        const QString path = QFileDialog::getExistingDirectory(this, tr("Open an image directory"));
        if (!path.isEmpty())
            open(path);
    });
    m_actions->on("openSample", [this] {
        const QString path = samplePath();
        if (path.isEmpty())
            m_welcome->setError(tr("the sample is not installed"));
        else
            open(path);
    });
    m_actions->on("saveCase", [this] { saveCase(); });
    m_actions->on("takeDecisions", [this] {
        const QString path = QFileDialog::getOpenFileName(
            this, tr("Another review of this checkpoint, or decisions of an earlier dump"), {},
            tr("Cases and decisions (*.cryoscope *.json);;All files (*)"));
        if (!path.isEmpty())
            m_session.takeDecisions(path);
    });
    m_actions->on("saveBaseline", [this] {
        const QString path = QFileDialog::getSaveFileName(
            this, tr("Save the decisions for the next dump of the same program"),
            m_session.path() + QStringLiteral(".decisions.json"), tr("Decisions (*.json)"));
        if (!path.isEmpty())
            m_session.saveBaseline(path);
    });
    m_actions->on("compare", [this] { m_workspace->showCompare(); });
    m_actions->on("export", [this] { openExport(); });
    m_actions->on("close", [this] { m_session.close(); });
    m_actions->on("quit", [this] { close(); });
    m_actions->on("keys", [this] { KeysDialog(menuBar(), this).exec(); });
    m_actions->on("about", [this] {
        QMessageBox::about(this, tr("Cryoscope"),
                           tr("<b>Cryoscope %1</b><p>Review, redact and prove CRIU checkpoints.</p>"
                              "<p>A proof says that what was accepted is gone. Nothing can prove that "
                              "nothing else is sensitive.</p>")
                               .arg(QStringLiteral(CRYOSCOPE_VERSION)));
    });
}

void MainWindow::connectReviewActions()
{
    FindingPanel *findings = m_workspace->findings();
    m_actions->on("undo", [this] { m_session.undo(); });
    m_actions->on("redo", [this] { m_session.redo(); });
    m_actions->on("scan", [this] { m_session.startScan(); });
    m_actions->on("cancel", [this] { cancel(); });
    m_actions->on("next", [findings] { findings->step(true, false); });
    m_actions->on("previous", [findings] { findings->step(false, false); });
    m_actions->on("nextUndecided", [findings] { findings->step(true, true); });
    m_actions->on("previousUndecided", [findings] { findings->step(false, true); });
    m_actions->on("accept", [this] { m_judge->decide(Decision::Accepted); });
    m_actions->on("acceptCopies", [this] { m_judge->acceptCopies(); });
    m_actions->on("reject", [this] { m_judge->reject(); });
    m_actions->on("rejectReason", [findings] { findings->openReasons(); });
    connect(findings, &FindingPanel::rejectAsked, m_judge, &Judge::rejectAs);
    m_actions->on("undecided", [this] { m_judge->decide(Decision::Undecided); });
    m_actions->on("comment", [this] { m_judge->comment(); });
    m_actions->on("knownValues", [this] { showKnownValues(); });
    m_actions->on("redactSelection", [this] { m_judge->redactSelection(); });
    m_actions->on("endBack", [this] { m_judge->moveEdge(0, -1); });
    m_actions->on("endOn", [this] { m_judge->moveEdge(0, 1); });
    m_actions->on("startBack", [this] { m_judge->moveEdge(-1, 0); });
    m_actions->on("startOn", [this] { m_judge->moveEdge(1, 0); });
    m_actions->on("filter", [findings] { findings->focusFilter(); });
}

void MainWindow::connectViewActions()
{
    m_actions->on("goTo", [this] { m_bar->focusGoTo(); });
    m_actions->on("palette", [this] { showPalette(); });
    m_actions->on("back", [this] { m_navigator->back(); });
    m_actions->on("forward", [this] { m_navigator->forward(); });
    m_actions->on("find", [this] { m_workspace->showFind(); });
    m_actions->on("findNext", [this] { m_workspace->find()->step(true); });
    m_actions->on("findPrevious", [this] { m_workspace->find()->step(false); });
    m_actions->on("problems", [this] { m_workspace->showProblemsTab(); });
    m_actions->on("nextPane", [this] { m_workspace->focusNextPane(); });
    m_actions->on("themeSystem", [this] { setThemeChoice(ThemeChoice::System); });
    m_actions->on("themeLight", [this] { setThemeChoice(ThemeChoice::Light); });
    m_actions->on("themeDark", [this] { setThemeChoice(ThemeChoice::Dark); });
    connect(m_actions->at("preview"), &QAction::toggled, this, [this](bool on) {
        m_navigator->setPreview(on);
        m_marks->setPreview(on);
        updatePreview();
        updatePosition();
    });
    new Previewer(m_actions->at("preview"), m_actions->at("mask"), m_plan, m_masks, *m_workspace, *m_decoded,
                  this);
}

HexView *MainWindow::hexView() const
{
    return m_workspace->hex();
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
    m_session.open(path);
}

void MainWindow::takeOpened()
{
    rememberRecent(m_session.casePath().isEmpty() ? m_session.path() : m_session.casePath());
    const size_t serious = m_workspace->setMemory(m_session.memory());
    m_pages->setCurrentWidget(m_workspace);
    if (serious > 0)
        m_status->tell(tr("%n part(s) of the checkpoint cannot be read: see Problems", nullptr,
                          static_cast<int>(serious)),
                       longNote);
    const auto &tasks = m_session.memory()->checkpoint().tasks();
    const auto first =
        std::find_if(tasks.begin(), tasks.end(), [](const Task &task) { return task.hasMemory; });
    if (first != tasks.end())
        m_navigator->show({ByteTarget::Kind::Task, first->pid, 0, noMember});
    m_workspace->hex()->setFocus();
    m_check->start();
    updateState();
}

void MainWindow::takeClosed()
{
    m_pages->setCurrentWidget(m_welcome);
    m_workspace->setMemory(nullptr);
    updateState();
}

void MainWindow::showFinding(FindingId id)
{
    m_marks->setActive(id);
    updateState();
    const auto entry = m_session.finding(id);
    if (entry && !m_following)
        m_navigator->show(*entry);
}

void MainWindow::goTo(const QString &text)
{
    if (!m_navigator->goTo(text)) {
        m_status->tell(tr("There is no address, process or member \"%1\"").arg(text));
        return;
    }
    m_workspace->showBytes();
    m_workspace->hex()->setFocus();
}

void MainWindow::showPalette()
{
    PaletteDialog dialog(m_session.memory()->checkpoint(), *m_actions, this);
    if (dialog.exec() != QDialog::Accepted)
        return;
    if (const QString name = dialog.action(); !name.isEmpty())
        m_actions->at(name)->trigger();
    else if (const QString place = dialog.place(); !place.isEmpty())
        goTo(place);
}

void MainWindow::cancel()
{
    m_session.cancel();
    m_workspace->find()->cancel();
    m_workspace->compare()->cancel();
}

void MainWindow::compareWith(const QString &path)
{
    m_workspace->showCompare();
    m_workspace->compare()->compareWith(path);
}

void MainWindow::showKnownValues()
{
    auto *dialog = new KnownValuesDialog(m_session, this);
    dialog->open();
}

void MainWindow::openExport()
{
    delete m_export;
    m_export = new ExportDialog(m_session, this);
    connect(m_export, &QObject::destroyed, this, [this] { m_export = nullptr; });
    connect(m_export, &ExportDialog::undecidedAsked, m_workspace->findings(), &FindingPanel::showUndecided);
    connect(m_export, &ExportDialog::compareAsked, this, &MainWindow::compareWith);
    m_export->open();
}

void MainWindow::saveCase()
{
    const QString path = QFileDialog::getSaveFileName(this, tr("Save the case"),
                                                      m_session.path() + QStringLiteral(".cryoscope"),
                                                      tr("Cases (*.cryoscope)"));
    if (!path.isEmpty())
        m_session.saveCaseAs(path);
}

void MainWindow::updateState()
{
    const bool open = m_session.isOpen();
    const bool busy = m_session.isBusy();
    const bool working =
        busy || m_workspace->find()->search().isRunning() || m_workspace->compare()->comparison().isRunning();
    const bool current = open && m_workspace->findings()->current() != 0;
    m_actions->setEnabled({"accept", "reject", "rejectReason", "undecided", "comment", "startBack", "startOn",
                           "endBack", "endOn"},
                          current);
    m_actions->setEnabled({"acceptCopies"}, current && !busy);
    m_actions->setEnabled({"scan", "export"}, open && !busy);
    m_actions->setEnabled(
        {"compare",     "saveCase",     "takeDecisions", "saveBaseline",      "redactSelection",
         "knownValues", "close",        "goTo",          "palette",           "find",
         "findNext",    "findPrevious", "filter",        "preview",           "mask",
         "next",        "previous",     "nextUndecided", "previousUndecided", "problems",
         "nextPane"},
        open);
    m_actions->setEnabled({"cancel"}, working);
    m_actions->setEnabled({"back"}, open && m_navigator->canGoBack());
    m_actions->setEnabled({"forward"}, open && m_navigator->canGoForward());
    const QString undo = m_session.undoText();
    const QString redo = m_session.redoText();
    m_actions->setEnabled({"undo"}, !undo.isEmpty());
    m_actions->setEnabled({"redo"}, !redo.isEmpty());
    m_actions->at("undo")->setToolTip(undo.isEmpty() ? tr("Nothing to undo") : tr("Undo: %1").arg(undo));
    m_actions->at("redo")->setToolTip(redo.isEmpty() ? tr("Nothing to redo") : tr("Redo: %1").arg(redo));
    m_bar->setVisible(open);
    m_bar->showReview(m_session);
    m_status->setBusy(working);
    setWindowTitle(open ? QFileInfo(m_session.path()).fileName() + QStringLiteral(" — ") + tr("Cryoscope")
                        : tr("Cryoscope"));
}

void MainWindow::updatePosition()
{
    const QString field = m_workspace->fields()->path();
    m_workspace->setWhere(m_navigator->whereText() +
                          (field.isEmpty() ? QString() : QStringLiteral("  ·  ") + field));
    m_status->setPosition(m_navigator->positionText());
}

void MainWindow::updatePreview()
{
    m_plan.setWanted(m_actions->at("preview")->isChecked() || m_workspace->isAfterVisible());
}

void MainWindow::setThemeChoice(ThemeChoice choice)
{
    applyTheme(*qApp, choice);
    QSettings().setValue(QStringLiteral("theme"), static_cast<int>(choice));
    m_actions->updateIcons();
}

void MainWindow::changeEvent(QEvent *event)
{
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_ready)
        m_actions->updateIcons();
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
    if (!event->mimeData()->hasUrls() || !event->mimeData()->urls().front().isLocalFile())
        return;
    event->acceptProposedAction();
    m_welcome->setDropping(true);
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent *event)
{
    m_welcome->setDropping(false);
    QMainWindow::dragLeaveEvent(event);
}

void MainWindow::dropEvent(QDropEvent *event)
{
    m_welcome->setDropping(false);
    open(event->mimeData()->urls().front().toLocalFile());
    event->acceptProposedAction();
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    QSettings().setValue(QStringLiteral("geometry"), saveGeometry());
    QMainWindow::closeEvent(event);
}

} // namespace cryoscope::ui
