// SPDX-License-Identifier: Apache-2.0
#include "ui/views/workspace.h"

#include "core/memory/completeness.h"
#include "ui/compare/comparepane.h"
#include "ui/hexview/hexview.h"
#include "ui/models/checkpointtree.h"
#include "ui/models/vmamodel.h"
#include "ui/theme/widgets.h"
#include "ui/views/actions.h"
#include "ui/views/fieldspane.h"
#include "ui/views/findingpanel.h"
#include "ui/views/findpane.h"
#include "ui/views/inspector.h"
#include "ui/views/textpane.h"

#include <QApplication>
#include <QHeaderView>
#include <QLabel>
#include <QListWidget>
#include <QMenu>
#include <QTabWidget>
#include <QTableView>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace cryoscope::ui
{

namespace
{

enum CentreTab { BytesTab, AreasTab, ProblemsTab };
constexpr int maxExpanded = 100; // processes that are unfolded at first

} // namespace

Workspace::Workspace(ReviewSession &session, const Actions &actions, QWidget *parent)
    : QSplitter(Qt::Horizontal, parent)
{
    setObjectName(QStringLiteral("workspace"));
    setChildrenCollapsible(false);
    makeTree();
    auto *centre = m_middle = new QSplitter(Qt::Vertical, this);
    centre->setChildrenCollapsible(false);
    m_centre = new QTabWidget(centre);
    m_centre->setObjectName(QStringLiteral("centreTabs"));
    m_centre->setDocumentMode(true);
    m_centre->addTab(makeBytes(m_centre), tr("Bytes"));
    makeVmas(m_centre);
    m_centre->addTab(m_vmaView, tr("Memory areas"));
    m_problems = new QListWidget(m_centre);
    m_problems->setObjectName(QStringLiteral("problemList"));
    m_problems->setAccessibleName(tr("Problems"));
    m_problems->setFrameShape(QFrame::NoFrame);
    m_problems->setWordWrap(true);
    m_centre->addTab(m_problems, tr("Problems"));
    makeLower(session, centre);
    centre->setStretchFactor(0, 3);
    centre->setStretchFactor(1, 1);
    centre->setSizes({430, 190});
    m_findings = new FindingPanel(session, actions, this);
    // The hex view needs no more than its columns: what a wide screen has over goes to the names as well.
    setStretchFactor(0, 1);
    setStretchFactor(1, 2);
    setStretchFactor(2, 2);
    setSizes({185, 675, 420});
    connect(m_hex, &HexView::contextMenuAt, this, [&actions](const QPoint &at, quint64) {
        QMenu menu;
        actions.addTo(&menu, {"redactSelection", "accept", "acceptCopies", "reject", "undecided", "comment"});
        menu.exec(at);
    });
}

void Workspace::makeTree()
{
    m_tree = new CheckpointTree(this);
    m_treeView = new QTreeView(this);
    m_treeView->setObjectName(QStringLiteral("checkpointTree"));
    m_treeView->setAccessibleName(tr("Checkpoint"));
    m_treeView->setModel(m_tree);
    m_treeView->setHeaderHidden(true);
    m_treeView->setUniformRowHeights(true);
    m_treeView->setFrameShape(QFrame::NoFrame);
    m_treeView->setEditTriggers(QAbstractItemView::NoEditTriggers);
    connect(m_treeView, &QTreeView::activated, this, [this](const QModelIndex &index) {
        if (const QString set = m_tree->otherSetAt(index); !set.isEmpty())
            Q_EMIT setAsked(set);
    });
}

QWidget *Workspace::makeBytes(QWidget *parent)
{
    auto *bytes = new QWidget(parent);
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
    return bytes;
}

void Workspace::makeVmas(QWidget *parent)
{
    m_vmas = new VmaModel(this);
    m_vmaView = new QTableView(parent);
    m_vmaView->setObjectName(QStringLiteral("vmaTable"));
    m_vmaView->setAccessibleName(tr("Memory areas"));
    m_vmaView->setModel(m_vmas);
    styleTable(m_vmaView, 8);
    m_vmaView->horizontalHeader()->setStretchLastSection(true);
    const int digits = QFontMetrics(monospaceFont()).horizontalAdvance(QStringLiteral("0000000000000000"));
    m_vmaView->setColumnWidth(VmaModel::Start, digits + 20);
    m_vmaView->setColumnWidth(VmaModel::End, digits + 20);
    m_vmaView->setColumnWidth(VmaModel::Size, 90);
    m_vmaView->setColumnWidth(VmaModel::Permissions, 70);
    m_vmaView->setColumnWidth(VmaModel::Stored, 90);
    connect(m_vmaView, &QTableView::activated, this, [this](const QModelIndex &index) {
        showBytes();
        m_hex->goTo(m_vmas->addressAt(index.row()));
        m_hex->setFocus();
    });
}

void Workspace::makeLower(ReviewSession &session, QWidget *parent)
{
    m_lower = new QTabWidget(parent);
    m_lower->setObjectName(QStringLiteral("lowerTabs"));
    m_lower->setDocumentMode(true);
    m_decoded = new TextPane(m_lower);
    m_decoded->setObjectName(QStringLiteral("decodedPane"));
    m_decoded->setAccessibleName(tr("Decoded"));
    m_decoded->setPlaceholderText(tr("Images are shown here as JSON, text members as text."));
    m_lower->addTab(m_decoded, tr("Decoded"));
    m_fields = new FieldsPane(m_hex, m_lower);
    m_lower->addTab(m_fields, tr("Fields"));
    auto *inspector = new Inspector(m_lower);
    inspector->follow(m_hex);
    m_lower->addTab(inspector, tr("Inspector"));
    m_after = new HexView(m_lower);
    m_after->setObjectName(QStringLiteral("afterView"));
    m_after->setEmptyText(tr("What the export will hold, once something is accepted."));
    m_lower->addTab(m_after, tr("After redaction"));
    m_find = new FindPane(session, m_lower);
    m_lower->addTab(m_find, tr("Find"));
    m_compare = new ComparePane(session, m_lower);
    m_lower->addTab(m_compare, tr("Compare"));
    const auto follow = [this] {
        if (isAfterVisible())
            m_after->goTo(m_hex->cursor());
    };
    connect(m_hex, &HexView::cursorMoved, m_after, follow);
    connect(m_lower, &QTabWidget::currentChanged, m_after, follow);
    connect(m_lower, &QTabWidget::currentChanged, this, &Workspace::lowerChanged);
}

void Workspace::showBytes()
{
    m_centre->setCurrentIndex(BytesTab);
}

void Workspace::showProblemsTab()
{
    m_centre->setCurrentIndex(ProblemsTab);
}

void Workspace::showFind()
{
    m_lower->setCurrentWidget(m_find);
    m_find->focusInput();
}

void Workspace::showCompare()
{
    m_lower->setCurrentWidget(m_compare);
    m_compare->focusInput();
    if (std::exchange(m_roomMade, true))
        return;
    const int height = m_middle->height();
    if (m_lower->height() < height / 2)
        m_middle->setSizes({height / 2, height / 2});
}

bool Workspace::isAfterVisible() const
{
    return m_lower->currentWidget() == m_after;
}

void Workspace::setWhere(const QString &text)
{
    m_where->setText(text);
    m_where->setToolTip(text);
}

size_t Workspace::setMemory(const std::shared_ptr<const Memory> &memory)
{
    m_tree->setMemory(memory);
    m_problems->clear();
    m_problemCount = 0;
    m_centre->setTabText(ProblemsTab, tr("Problems"));
    if (!memory) {
        m_vmas->clear();
        return 0;
    }
    const QModelIndex processes = m_tree->index(0, 0);
    m_treeView->expand(processes);
    for (int row = 0; row < m_tree->rowCount(processes) && row < maxExpanded; ++row)
        m_treeView->expand(m_tree->index(row, 0, processes));
    size_t serious = 0;
    for (const Problem &problem : memory->problems()) {
        const bool note = problem.severity == Severity::Note;
        serious += note ? 0 : 1;
        addProblem((note ? tr("Note: ") : tr("Problem: ")) +
                   QString::fromStdString(problem.error.describe()));
    }
    if (m_problems->count() == 0)
        m_problems->addItem(tr("Everything in this checkpoint could be read."));
    return serious;
}

void Workspace::addProblem(const QString &text)
{
    m_problems->addItem(text);
    m_centre->setTabText(ProblemsTab, tr("Problems (%1)").arg(++m_problemCount));
}

void Workspace::addCompleteness(const Completeness &completeness)
{
    m_problems->addItem(tr("Complete and restorable: %1").arg(QString::fromStdString(completeness.answer())));
    for (const RestoreFinding &finding : completeness.findings)
        addProblem(tr("Restoring %1: %2")
                       .arg(QString::fromStdString(std::string(restoreSeverityName(finding.severity))),
                            QString::fromStdString(finding.describe())));
}

void Workspace::focusNextPane()
{
    const QList<QWidget *> panes{m_treeView, m_centre, m_lower, m_findings};
    const QWidget *focused = QApplication::focusWidget();
    const auto now = std::find_if(panes.begin(), panes.end(), [focused](const QWidget *pane) {
        return focused != nullptr && (pane == focused || pane->isAncestorOf(focused));
    });
    QWidget *next = now == panes.end() || now + 1 == panes.end() ? panes.front() : *(now + 1);
    if (next == m_findings)
        m_findings->focusList();
    else if (next == m_centre)
        (m_centre->currentIndex() == BytesTab ? m_hex : m_centre->currentWidget())
            ->setFocus(Qt::TabFocusReason);
    else if (next == m_lower)
        m_lower->currentWidget()->setFocus(Qt::TabFocusReason);
    else
        next->setFocus(Qt::TabFocusReason);
}

} // namespace cryoscope::ui
