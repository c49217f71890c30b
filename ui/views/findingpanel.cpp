// SPDX-License-Identifier: Apache-2.0
#include "ui/views/findingpanel.h"

#include <QAction>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

namespace cryoscope::ui
{

FindingPanel::FindingPanel(ReviewSession &session, const QList<QAction *> &decisions, QWidget *parent)
    : QWidget(parent), m_session(session), m_model(new FindingsModel(session, this))
{
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    auto *split = new QSplitter(Qt::Vertical, this);
    split->setChildrenCollapsible(false);
    outer->addWidget(split);

    auto *top = new QWidget(split);
    auto *layout = new QVBoxLayout(top);
    layout->setContentsMargins(8, 8, 8, 4);
    auto *row = new QHBoxLayout;
    m_filter = new QLineEdit(top);
    m_filter->setObjectName(QStringLiteral("findingFilter"));
    m_filter->setPlaceholderText(tr("Filter findings"));
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
    m_list = new QTableView(m_pages);
    m_list->setObjectName(QStringLiteral("findingList"));
    m_list->setAccessibleName(tr("Findings"));
    m_list->setModel(m_model);
    m_list->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_list->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_list->setShowGrid(false);
    m_list->setAlternatingRowColors(true);
    m_list->setWordWrap(false);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->verticalHeader()->hide();
    m_list->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_list->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 10);
    auto *header = m_list->horizontalHeader();
    header->setHighlightSections(false);
    header->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    header->setSectionResizeMode(FindingsModel::State, QHeaderView::Fixed);
    m_list->setColumnWidth(FindingsModel::State, 28);
    m_list->setColumnWidth(FindingsModel::ConfidenceColumn,
                           fontMetrics().horizontalAdvance(QStringLiteral("medium")) + 20);
    m_list->setColumnWidth(FindingsModel::Kind, fontMetrics().averageCharWidth() * 24);
    m_list->setColumnWidth(FindingsModel::Copies, fontMetrics().horizontalAdvance(tr("Copies")) + 18);
    header->setSectionResizeMode(FindingsModel::Kind, QHeaderView::Stretch);
    m_list->setColumnWidth(FindingsModel::Place, fontMetrics().averageCharWidth() * 15);
    header->setMinimumSectionSize(24);
    m_pages->addWidget(m_list);

    auto *empty = new QWidget(m_pages);
    auto *emptyLayout = new QVBoxLayout(empty);
    m_emptyText = new QLabel(empty);
    m_emptyText->setObjectName(QStringLiteral("findingsEmpty"));
    m_emptyText->setWordWrap(true);
    m_emptyText->setAlignment(Qt::AlignCenter);
    m_emptyText->setForegroundRole(QPalette::PlaceholderText);
    auto *scan = new QPushButton(tr("Scan now"), empty);
    connect(scan, &QPushButton::clicked, this, &FindingPanel::scanAsked);
    auto *clear = new QPushButton(tr("Clear the filter"), empty);
    connect(clear, &QPushButton::clicked, this, [this] {
        m_filter->clear();
        m_states->setCurrentIndex(0);
    });
    m_scanButton = scan;
    m_clearButton = clear;
    emptyLayout->addStretch();
    emptyLayout->addWidget(m_emptyText);
    emptyLayout->addWidget(scan, 0, Qt::AlignCenter);
    emptyLayout->addWidget(clear, 0, Qt::AlignCenter);
    emptyLayout->addStretch();
    m_pages->addWidget(empty);
    layout->addWidget(m_pages, 1);

    auto *bottom = new QWidget(split);
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
    auto *buttons = new QGridLayout;
    buttons->setSpacing(6);
    int number = 0;
    for (QAction *action : decisions) {
        auto *button = new QToolButton(bottom);
        button->setDefaultAction(action);
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        button->setMinimumHeight(30);
        buttons->addWidget(button, number / 2, number % 2);
        ++number;
    }
    detail->addLayout(buttons);
    split->addWidget(top);
    split->addWidget(bottom);
    split->setStretchFactor(0, 3);
    split->setStretchFactor(1, 1);
    split->setSizes({420, 250});

    connect(m_list->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this] { showCurrent(); });
    connect(m_model, &QAbstractItemModel::modelAboutToBeReset, this,
            [this] { setProperty("kept", QVariant::fromValue<qint64>(current())); });
    connect(m_model, &QAbstractItemModel::modelReset, this, [this] {
        showEmptyState();
        select(property("kept").toLongLong());
        showCurrent();
    });
    connect(&session, &ReviewSession::findingsChanged, this, [this] { showCurrent(); });
    connect(&session, &ReviewSession::busyChanged, this, &FindingPanel::showEmptyState);
    showEmptyState();
    showCurrent();
}

FindingId FindingPanel::current() const
{
    return m_model->idAt(m_list->currentIndex().row());
}

std::vector<FindingId> FindingPanel::chosen() const
{
    std::vector<FindingId> ids;
    for (const QModelIndex &index : m_list->selectionModel()->selectedRows())
        ids.push_back(m_model->idAt(index.row()));
    if (ids.empty() && current() != 0)
        ids.push_back(current());
    return ids;
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
    m_list->setCurrentIndex(m_model->index(row, FindingsModel::Kind));
    m_list->scrollTo(m_list->currentIndex());
    return true;
}

void FindingPanel::focusFilter()
{
    m_filter->setFocus(Qt::ShortcutFocusReason);
    m_filter->selectAll();
}

void FindingPanel::showEmptyState()
{
    const bool empty = m_model->rowCount() == 0;
    m_pages->setCurrentIndex(empty ? 1 : 0);
    if (!empty)
        return;
    const bool filtered = m_model->isFiltered() && !m_session.findings().empty();
    const bool scanned =
        m_session.lastScan().has_value() ||
        (m_session.review() != nullptr && !m_session.isBusy() && !m_session.review()->rulesVersion().empty());
    m_clearButton->setVisible(filtered);
    m_scanButton->setVisible(!filtered && !scanned && m_session.isOpen() && !m_session.isBusy());
    if (filtered)
        m_emptyText->setText(tr("The filter hides all %n finding(s).", nullptr,
                                static_cast<int>(m_session.findings().size())));
    else if (m_session.isBusy())
        m_emptyText->setText(tr("Working … findings appear here."));
    else if (const auto &summary = m_session.lastScan())
        m_emptyText->setText(
            tr("No secrets were found in %1 of memory and %2 of other members. Values without a form of "
               "their own are not seen by any scanner: search for those you know, select them, press X.")
                .arg(QLocale().formattedDataSize(static_cast<qint64>(summary->memoryBytes)),
                     QLocale().formattedDataSize(static_cast<qint64>(summary->memberBytes))));
    else if (scanned)
        m_emptyText->setText(tr("No secrets were found. Select bytes and press X to redact them."));
    else
        m_emptyText->setText(
            tr("Nothing was scanned yet. A scan looks for keys, tokens and passwords in all memory and all "
               "files of the checkpoint."));
}

void FindingPanel::showCurrent()
{
    const FindingId id = current();
    const CaseFinding *entry = m_session.finding(id);
    if (entry == nullptr || !m_session.memory()) {
        m_title->setText(tr("No finding selected"));
        m_text->setText(tr("N and P go through the findings. Select bytes and press X to add one."));
    } else {
        const Finding &finding = entry->finding;
        const Memory &memory = *m_session.memory();
        const Archive &archive = memory.checkpoint().archive();
        const Theme theme = themeFor(palette());
        const StateLook look = theme.look(FindingsModel::markState(*entry));
        m_title->setText(look.glyph + QLatin1Char(' ') + QString::fromStdString(finding.kind) +
                         (finding.label.empty()
                              ? QString()
                              : QStringLiteral(" · ") + QString::fromStdString(finding.label)));
        QStringList lines;
        const auto confidence = confidenceName(finding.confidence);
        QString state = look.name;
        if (entry->reason != Reason::None)
            state +=
                QStringLiteral(" (") + QString::fromStdString(reasonName(entry->reason)) + QLatin1Char(')');
        lines << tr("State: %1 · confidence: %2 · %3 bytes")
                     .arg(state,
                          QString::fromUtf8(confidence.data(), static_cast<qsizetype>(confidence.size())))
                     .arg(finding.length());
        lines << tr("Why: %1").arg(QString::fromStdString(finding.why));
        if (!finding.parts.empty()) {
            const Extent inner = archive.innermost(finding.parts.front());
            lines << tr("Stored: %1 + 0x%2")
                         .arg(QString::fromStdString(archive.member(inner.member).path))
                         .arg(inner.offset, 0, 16);
            const auto places = memory.places(finding.parts.front());
            if (!places.empty())
                lines
                    << tr("Seen: pid %1 at 0x%2").arg(places.front().pid).arg(places.front().address, 0, 16) +
                           (places.size() > 1 ? tr(" and by %1 more").arg(places.size() - 1) : QString());
        }
        lines << (entry->copies > 0
                      ? tr("%n more finding(s) hold the same value", nullptr, static_cast<int>(entry->copies))
                      : tr("No other finding holds this value"));
        if (!entry->comment.empty())
            lines << tr("Comment: %1").arg(QString::fromStdString(entry->comment));
        m_text->setText(lines.join(QLatin1Char('\n')));
    }
    Q_EMIT currentChanged(id);
}

} // namespace cryoscope::ui
