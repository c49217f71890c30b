// SPDX-License-Identifier: Apache-2.0
#include "ui/review/conflictsdialog.h"

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>

#include <map>

namespace cryoscope::ui
{

namespace
{

enum ConflictColumn { FindingColumn, PlaceColumn, HereColumn, ThereColumn };
constexpr char16_t checkMark = u'✓';

QString decisionText(const CaseFinding &one)
{
    QString text = QString::fromStdString(decisionName(one.decision));
    if (one.reason != Reason::None)
        text += QStringLiteral(" (") + QString::fromStdString(reasonName(one.reason)) + QLatin1Char(')');
    if (!one.reviewer.empty())
        text += QStringLiteral(", ") + QString::fromStdString(one.reviewer);
    return text;
}

QString addressText(const Memory &memory, const Finding &finding)
{
    if (finding.pid != 0)
        return QStringLiteral("pid %1 at 0x%2").arg(finding.pid).arg(finding.address, 0, 16);
    if (finding.parts.empty())
        return {};
    const Archive &archive = memory.checkpoint().archive();
    const Extent first = archive.innermost(finding.parts.front());
    return QStringLiteral("%1 at %2")
        .arg(QString::fromStdString(archive.member(first.member).path))
        .arg(first.offset);
}

} // namespace

ConflictsDialog::ConflictsDialog(ReviewSession &session, std::vector<MergeConflict> conflicts,
                                 QWidget *parent)
    : QDialog(parent), m_session(session), m_conflicts(std::move(conflicts)),
      m_sides(m_conflicts.size(), Side::Here), m_list(new QTreeWidget(this))
{
    setObjectName(QStringLiteral("conflictsDialog"));
    setWindowTitle(tr("Two reviews differ"));
    setAttribute(Qt::WA_DeleteOnClose);
    resize(820, 420);
    auto *about = new QLabel(
        tr("%n finding(s) were decided differently in the other review. The mark shows whose decision "
           "counts; Space or a click changes it.",
           nullptr, static_cast<int>(m_conflicts.size())),
        this);
    about->setWordWrap(true);
    m_list->setObjectName(QStringLiteral("conflictList"));
    m_list->setAccessibleName(tr("Conflicts"));
    m_list->setHeaderLabels({tr("Finding"), tr("Place"), tr("Here"), tr("There")});
    m_list->setRootIsDecorated(false);
    m_list->setUniformRowHeights(true);
    m_list->setAlternatingRowColors(true);
    fill();
    m_list->installEventFilter(this);
    connect(m_list, &QTreeWidget::itemClicked, this, [this](QTreeWidgetItem *item, int column) {
        if (column >= HereColumn)
            choose(m_list->indexOfTopLevelItem(item), column == HereColumn ? Side::Here : Side::There);
    });
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    const auto addChoice = [&](const QString &text, const char *name, auto sideOf) {
        QPushButton *button = buttons->addButton(text, QDialogButtonBox::ActionRole);
        button->setObjectName(QString::fromLatin1(name));
        button->setAutoDefault(false);
        connect(button, &QPushButton::clicked, this, [this, sideOf] { chooseAll(sideOf); });
    };
    addChoice(tr("All &here"), "allHere", [](const MergeConflict &) { return Side::Here; });
    addChoice(tr("All &there"), "allThere", [](const MergeConflict &) { return Side::There; });
    addChoice(tr("Who&ever accepts"), "whoeverAccepts", [](const MergeConflict &one) {
        return one.theirs.decision == Decision::Accepted ? Side::There : Side::Here;
    });
    buttons->button(QDialogButtonBox::Ok)->setText(tr("&Settle"));
    connect(buttons, &QDialogButtonBox::accepted, this, &ConflictsDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &ConflictsDialog::reject);
    auto *layout = new QVBoxLayout(this);
    layout->addWidget(about);
    layout->addWidget(m_list, 1);
    layout->addWidget(buttons);
    m_list->setFocus();
}

void ConflictsDialog::fill()
{
    const auto memory = m_session.memory();
    for (const MergeConflict &conflict : m_conflicts) {
        const Finding &finding = conflict.mine.finding;
        QString kind = QString::fromStdString(finding.kind);
        if (!finding.label.empty())
            kind += QStringLiteral(" (") + QString::fromStdString(finding.label) + QLatin1Char(')');
        auto *item =
            new QTreeWidgetItem(m_list, {kind, memory ? addressText(*memory, finding) : QString(), {}, {}});
        for (int column = 0; column <= PlaceColumn; ++column)
            item->setToolTip(column, item->text(column));
        choose(m_list->topLevelItemCount() - 1, Side::Here);
    }
    m_list->header()->setStretchLastSection(true);
    m_list->setColumnWidth(FindingColumn, 270);
    m_list->setColumnWidth(PlaceColumn, 190);
    m_list->setColumnWidth(HereColumn, 175);
    if (m_list->topLevelItemCount() > 0)
        m_list->setCurrentItem(m_list->topLevelItem(0));
}

void ConflictsDialog::choose(int row, Side side)
{
    QTreeWidgetItem *item = m_list->topLevelItem(row);
    if (item == nullptr)
        return;
    const MergeConflict &conflict = m_conflicts[static_cast<size_t>(row)];
    m_sides[static_cast<size_t>(row)] = side;
    const auto show = [&](int column, const CaseFinding &one, bool counts) {
        // A mark and bold text: not by colour alone.
        item->setText(column,
                      (counts ? QString(QChar(checkMark)) + QLatin1Char(' ') : QStringLiteral("   ")) +
                          decisionText(one));
        QFont font = m_list->font();
        font.setBold(counts);
        item->setFont(column, font);
        item->setData(column, Qt::AccessibleTextRole,
                      decisionText(one) + (counts ? tr(", counts") : tr(", does not count")));
    };
    show(HereColumn, conflict.mine, side == Side::Here);
    show(ThereColumn, conflict.theirs, side == Side::There);
}

template <class SideOf> void ConflictsDialog::chooseAll(const SideOf &sideOf)
{
    for (size_t row = 0; row < m_conflicts.size(); ++row)
        choose(static_cast<int>(row), sideOf(m_conflicts[row]));
}

bool ConflictsDialog::eventFilter(QObject *watched, QEvent *event)
{
    // Return settles, as in every dialog.
    if (watched == m_list && event->type() == QEvent::KeyPress &&
        static_cast<QKeyEvent *>(event)->key() == Qt::Key_Space) {
        const int row = m_list->indexOfTopLevelItem(m_list->currentItem());
        if (row >= 0)
            choose(row, m_sides[static_cast<size_t>(row)] == Side::Here ? Side::There : Side::Here);
        return true;
    }
    return QDialog::eventFilter(watched, event);
}

void ConflictsDialog::accept()
{
    // Those that get the same decision in one step.
    std::map<std::pair<Decision, Reason>, std::vector<FindingId>> steps;
    for (size_t row = 0; row < m_conflicts.size(); ++row) {
        if (m_sides[row] == Side::There)
            steps[{m_conflicts[row].theirs.decision, m_conflicts[row].theirs.reason}].push_back(
                m_conflicts[row].mine.id);
    }
    for (const auto &[decision, ids] : steps)
        m_session.decide(ids, decision.first, decision.second);
    QDialog::accept();
}

} // namespace cryoscope::ui
