// SPDX-License-Identifier: Apache-2.0
#include "ui/views/findingpanel.h"

#include "ui/review/edges.h"
#include "ui/theme/widgets.h"
#include "ui/views/actions.h"

#include <algorithm>

#include <QAction>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMenu>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

namespace cryoscope::ui
{

FindingPanel::FindingPanel(ReviewSession &session, const Actions &actions, QWidget *parent)
    : QWidget(parent), m_session(session), m_model(new FindingsModel(session, this))
{
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    auto *split = new QSplitter(Qt::Vertical, this);
    split->setChildrenCollapsible(false);
    split->addWidget(makeList(split));
    split->addWidget(makeDetail(actions, split));
    split->setStretchFactor(0, 3);
    split->setStretchFactor(1, 1);
    split->setSizes({420, 250});
    outer->addWidget(split);

    connect(m_list->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this] { showCurrent(); });
    connect(m_list, &QTableView::activated, this, [this] { Q_EMIT activated(current()); });
    connect(m_list, &QTableView::clicked, this, [this] { Q_EMIT activated(current()); });
    connect(m_model, &QAbstractItemModel::modelAboutToBeReset, this, [this] {
        if (const FindingId id = current()) // none while a long list is being made
            m_kept = id;
    });
    connect(&session, &ReviewSession::closed, this, [this] { m_kept = 0; });
    connect(m_model, &QAbstractItemModel::modelReset, this, [this] {
        showEmptyState();
        select(m_kept);
        showCurrent();
    });
    connect(&session, &ReviewSession::findingsChanged, this, [this] { showCurrent(); });
    connect(&session, &ReviewSession::busyChanged, this, &FindingPanel::showEmptyState);
    showEmptyState();
    showCurrent();
}

QWidget *FindingPanel::makeList(QWidget *parent)
{
    auto *top = new QWidget(parent);
    auto *layout = new QVBoxLayout(top);
    layout->setContentsMargins(8, 8, 8, 4);
    auto *row = new QHBoxLayout;
    m_filter = new QLineEdit(top);
    m_filter->setObjectName(QStringLiteral("findingFilter"));
    m_filter->setPlaceholderText(tr("Filter findings  (F)"));
    m_filter->setAccessibleName(tr("Filter findings"));
    m_filter->setClearButtonEnabled(true);
    connect(m_filter, &QLineEdit::textChanged, m_model, &FindingsModel::setFilter);
    m_states = new QComboBox(top);
    m_states->setObjectName(QStringLiteral("stateFilter"));
    m_states->setAccessibleName(tr("Show states"));
    m_states->addItems({tr("All"), tr("Undecided"), tr("Accepted"), tr("Rejected")});
    connect(m_states, &QComboBox::currentIndexChanged, this, [this](int index) {
        static const std::optional<Decision> choices[] = {std::nullopt, Decision::Undecided,
                                                          Decision::Accepted, Decision::Rejected};
        m_model->setStates(choices[index]);
    });
    row->addWidget(m_filter, 1);
    row->addWidget(m_states);
    layout->addLayout(row);
    m_pages = new QStackedWidget(top);
    makeTable(m_pages);
    m_pages->addWidget(m_list);
    m_pages->addWidget(makeEmptyPage(m_pages));
    layout->addWidget(m_pages, 1);
    return top;
}

void FindingPanel::makeTable(QWidget *parent)
{
    m_list = new QTableView(parent);
    m_list->setObjectName(QStringLiteral("findingList"));
    m_list->setAccessibleName(tr("Findings"));
    m_list->setModel(m_model);
    styleTable(m_list, 10);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto *header = m_list->horizontalHeader();
    header->setMinimumSectionSize(24);
    // By the case's order at first, and again after a third click.
    header->setSortIndicator(-1, Qt::AscendingOrder);
    header->setSortIndicatorClearable(true);
    m_list->setSortingEnabled(true);
    // The header asks of each column whether all its rows are chosen, to draw what is not drawn here: with a
    // selection of its own it need not look at a million.
    header->setSelectionModel(new QItemSelectionModel(m_model, header));
    const auto width = [this](const QString &text) { return fontMetrics().horizontalAdvance(text); };
    header->setSectionResizeMode(FindingsModel::State, QHeaderView::Fixed);
    m_list->setColumnWidth(FindingsModel::State, 28);
    m_list->setColumnWidth(FindingsModel::ConfidenceColumn, width(tr("medium")) + 12);
    header->setSectionResizeMode(FindingsModel::Kind, QHeaderView::Stretch);
    m_list->setColumnWidth(FindingsModel::Place, width(QStringLiteral("1042 [stack]")) + 10);
    m_list->setColumnWidth(FindingsModel::Copies,
                           std::max(width(QStringLiteral("+999")), width(tr("Copies"))) + 14);
}

QWidget *FindingPanel::makeEmptyPage(QWidget *parent)
{
    auto *empty = new QWidget(parent);
    auto *layout = new QVBoxLayout(empty);
    m_emptyText = new QLabel(empty);
    m_emptyText->setObjectName(QStringLiteral("findingsEmpty"));
    m_emptyText->setWordWrap(true);
    m_emptyText->setAlignment(Qt::AlignCenter);
    m_emptyText->setForegroundRole(QPalette::PlaceholderText);
    auto *scan = new QPushButton(tr("Scan now"), empty);
    scan->setObjectName(QStringLiteral("scanNow"));
    connect(scan, &QPushButton::clicked, this, &FindingPanel::scanAsked);
    auto *clear = new QPushButton(tr("Clear the filter"), empty);
    clear->setObjectName(QStringLiteral("clearFilter"));
    connect(clear, &QPushButton::clicked, this, [this] {
        m_filter->clear();
        m_states->setCurrentIndex(0);
    });
    m_scanButton = scan;
    m_clearButton = clear;
    layout->addStretch();
    layout->addWidget(m_emptyText);
    layout->addWidget(scan, 0, Qt::AlignCenter);
    layout->addWidget(clear, 0, Qt::AlignCenter);
    layout->addStretch();
    return empty;
}

QWidget *FindingPanel::makeDetail(const Actions &actions, QWidget *parent)
{
    auto *bottom = new QWidget(parent);
    auto *detail = new QVBoxLayout(bottom);
    detail->setContentsMargins(12, 8, 12, 10);
    m_title = new QLabel(bottom);
    m_title->setObjectName(QStringLiteral("findingTitle"));
    QFont bold = m_title->font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_title->setWordWrap(true);
    m_text = new QLabel(bottom);
    m_text->setObjectName(QStringLiteral("findingText"));
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    detail->addWidget(m_title);
    detail->addWidget(m_text, 1);
    for (const auto &names :
         {QStringList{QStringLiteral("accept"), QStringLiteral("acceptCopies")},
          QStringList{QStringLiteral("reject"), QStringLiteral("undecided"), QStringLiteral("comment")}}) {
        auto *row = new QHBoxLayout;
        row->setSpacing(6);
        for (const QString &name : names) {
            auto *button = new QToolButton(bottom);
            button->setObjectName(name + QStringLiteral("Button"));
            button->setDefaultAction(actions.at(name));
            button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
            button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
            button->setMinimumHeight(30);
            if (name == QLatin1String("reject"))
                makeReasons(button);
            row->addWidget(button, 1);
        }
        detail->addLayout(row);
    }
    return bottom;
}

/// The button rejects with the last reason; its arrow opens the others.
void FindingPanel::makeReasons(QToolButton *button)
{
    m_reject = button;
    auto *menu = new QMenu(button);
    menu->setObjectName(QStringLiteral("reasonMenu"));
    for (const auto &[reason, text] :
         {std::pair(Reason::NotASecret, tr("&Not a secret")), std::pair(Reason::TestData, tr("&Test data")),
          std::pair(Reason::Public, tr("&Public")),
          std::pair(Reason::NeededForDebugging, tr("Needed for &debugging")),
          std::pair(Reason::Other, tr("&Other…"))}) {
        connect(menu->addAction(text), &QAction::triggered, this,
                [this, reason = reason] { Q_EMIT rejectAsked(reason); });
    }
    button->setMenu(menu);
    button->setPopupMode(QToolButton::MenuButtonPopup);
}

void FindingPanel::openReasons()
{
    QMenu *menu = m_reject->menu();
    menu->setActiveAction(menu->actions().front());
    menu->popup(m_reject->mapToGlobal(QPoint(0, m_reject->height())));
}

FindingId FindingPanel::current() const
{
    return m_model->idAt(m_list->currentIndex().row());
}

size_t FindingPanel::chosenCount() const
{
    size_t rows = 0;
    for (const QItemSelectionRange &range : m_list->selectionModel()->selection())
        rows += static_cast<size_t>(range.height());
    return rows;
}

std::vector<FindingId> FindingPanel::chosen() const
{
    // By ranges, of which there are few however many rows are chosen.
    std::vector<FindingId> ids;
    ids.reserve(chosenCount());
    for (const QItemSelectionRange &range : m_list->selectionModel()->selection())
        m_model->addIds(range.top(), range.bottom(), ids);
    if (ids.empty() && current() != 0)
        ids.push_back(current());
    return ids;
}

std::vector<PositionRange> FindingPanel::chosenPositions() const
{
    std::vector<PositionRange> where;
    for (const QItemSelectionRange &range : m_list->selectionModel()->selection())
        m_model->addPositions(range.top(), range.bottom(), where);
    return where;
}

void FindingPanel::select(FindingId id)
{
    const int row = m_model->rowOf(id);
    if (row < 0)
        return;
    const QModelIndex index = m_model->index(row, FindingsModel::Kind);
    m_list->setCurrentIndex(index);
    m_list->scrollTo(index);
}

bool FindingPanel::step(bool forward, bool undecidedOnly)
{
    const int row = m_model->step(m_list->currentIndex().row(), forward, undecidedOnly);
    if (row < 0)
        return false;
    const bool same = row == m_list->currentIndex().row();
    m_list->setCurrentIndex(m_model->index(row, FindingsModel::Kind));
    m_list->scrollTo(m_list->currentIndex());
    if (same)
        Q_EMIT currentChanged(current()); // its bytes may have gone out of sight
    return true;
}

void FindingPanel::focusFilter()
{
    m_filter->setFocus(Qt::ShortcutFocusReason);
    m_filter->selectAll();
}

void FindingPanel::focusList()
{
    QWidget *shown = m_list;
    for (QWidget *other : {m_scanButton, m_clearButton}) {
        if (other->isVisible())
            shown = other;
    }
    (shown->isVisible() ? shown : m_filter)->setFocus(Qt::TabFocusReason);
}

void FindingPanel::showUndecided()
{
    m_filter->clear();
    m_states->setCurrentIndex(1);
    step(true, true);
    m_list->setFocus();
}

void FindingPanel::showEmptyState()
{
    const bool empty = m_model->rowCount() == 0;
    m_pages->setCurrentIndex(empty ? 1 : 0);
    if (!empty)
        return;
    const bool arranging = m_model->isArranging();
    const bool filtered = !arranging && m_model->isFiltered() && !m_session.findings().empty();
    const bool scanned = m_session.lastScan().has_value() || m_session.isScanned();
    m_clearButton->setVisible(filtered);
    m_scanButton->setVisible(!filtered && !scanned && !arranging && m_session.isOpen() &&
                             !m_session.isBusy());
    if (filtered)
        m_emptyText->setText(tr("The filter hides all %n finding(s).", nullptr,
                                static_cast<int>(m_session.findings().size())));
    else if (m_session.isBusy() || arranging)
        m_emptyText->setText(tr("Working … findings appear here."));
    else if (const auto &summary = m_session.lastScan())
        m_emptyText->setText(
            tr("No secrets were found in %1 of memory and %2 of other members. Values without a form of "
               "their own are not seen by any scanner: redact those you know (Shift+X), or select bytes and "
               "press X.")
                .arg(QLocale().formattedDataSize(static_cast<qint64>(summary->memoryBytes)),
                     QLocale().formattedDataSize(static_cast<qint64>(summary->memberBytes))));
    else if (scanned)
        m_emptyText->setText(
            tr("No secrets were found. Redact values you know (Shift+X), or select bytes and press X."));
    else
        m_emptyText->setText(
            tr("Nothing was scanned yet. A scan looks for keys, tokens and passwords in all memory and all "
               "files of the checkpoint."));
}

QString FindingPanel::detailText(const CaseFinding &entry) const
{
    const Finding &finding = entry.finding;
    const Memory &memory = *m_session.memory();
    QStringList lines;
    const auto confidence = confidenceName(finding.confidence);
    QString state = themeFor(palette()).look(FindingsModel::markState(entry)).name;
    if (entry.reason != Reason::None)
        state += QStringLiteral(" (") + QString::fromStdString(reasonName(entry.reason)) + QLatin1Char(')');
    lines << tr("State: %1 · confidence: %2 · %3 bytes")
                 .arg(state, QString::fromUtf8(confidence.data(), static_cast<qsizetype>(confidence.size())))
                 .arg(finding.length());
    lines << tr("Why: %1").arg(QString::fromStdString(finding.why));
    if (!finding.parts.empty()) {
        const Archive &archive = memory.checkpoint().archive();
        const Extent inner = archive.innermost(finding.parts.front());
        lines << tr("Stored: %1 + 0x%2")
                     .arg(QString::fromStdString(archive.member(inner.member).path))
                     .arg(inner.offset, 0, 16);
        const auto places = memory.places(finding.parts.front());
        const FindingPlace seen = placeOf(memory, finding);
        if (!places.empty())
            lines << (seen.target.kind == ByteTarget::Kind::Task
                          ? tr("Seen: pid %1 at 0x%2").arg(seen.target.pid).arg(seen.address, 0, 16)
                          : tr("Seen: shared memory %1 at 0x%2")
                                .arg(seen.target.sharedId)
                                .arg(seen.address, 0, 16)) +
                         (places.size() > 1 ? tr(" and by %1 more").arg(places.size() - 1) : QString());
    }
    lines << (entry.copies > 0
                  ? tr("%n more finding(s) hold the same value", nullptr, static_cast<int>(entry.copies))
                  : tr("No other finding holds this value"));
    if (entry.stale)
        lines << tr("The last scan did not find it again");
    if (!entry.comment.empty())
        lines << tr("Comment: %1").arg(QString::fromStdString(entry.comment));
    return lines.join(QLatin1Char('\n'));
}

void FindingPanel::showCurrent()
{
    const FindingId id = current();
    const auto entry = m_session.finding(id);
    if (!entry || !m_session.memory()) {
        m_title->setText(tr("No finding selected"));
        m_text->setText(
            tr("N and P go through the findings. Select bytes and press X to redact them; Shift+X "
               "redacts values that you know."));
    } else {
        const Finding &finding = entry->finding;
        const StateLook look = themeFor(palette()).look(FindingsModel::markState(*entry));
        m_title->setText(look.glyph + QLatin1Char(' ') + QString::fromStdString(finding.kind) +
                         (finding.label.empty()
                              ? QString()
                              : QStringLiteral(" · ") + QString::fromStdString(finding.label)));
        m_text->setText(detailText(*entry));
    }
    if (std::exchange(m_shown, id) != id)
        Q_EMIT currentChanged(id);
}

} // namespace cryoscope::ui
