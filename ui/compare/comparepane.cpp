// SPDX-License-Identifier: Apache-2.0
#include "ui/compare/comparepane.h"

#include "ui/compare/comparisontext.h"
#include "ui/theme/theme.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QStackedWidget>
#include <QStyledItemDelegate>
#include <QTimer>
#include <QTreeView>
#include <QVBoxLayout>

namespace cryoscope::ui
{

namespace
{

constexpr int maxUnfolded = 30;  // rows that are unfolded at first
constexpr int filterRests = 150; // milliseconds

/// That some parts could not be compared, and the first of them.
QString unreadText(const QStringList &parts)
{
    return parts.isEmpty()
               ? QString()
               : ComparePane::tr("? %n part(s) of either cannot be read, and what is in there was "
                                 "not compared: %1",
                                 nullptr, static_cast<int>(parts.size()))
                     .arg(parts.front());
}

/// Shortens paths in the middle, for both their ends say something, and values at their end.
class DifferenceDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

protected:
    void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        option->textElideMode = index.column() == DifferenceModel::Place ? Qt::ElideMiddle : Qt::ElideRight;
    }
};

} // namespace

ComparePane::ComparePane(ReviewSession &session, QWidget *parent)
    : QWidget(parent), m_comparison(session), m_model(m_comparison), m_path(new QLineEdit(this)),
      m_compare(new QPushButton(tr("Compare"), this)), m_totals(new QWidget(this)),
      m_totalsText(new QLabel(m_totals)), m_swap(new QPushButton(tr("⇄ Swap"), m_totals)),
      m_filter(new QLineEdit(m_totals)), m_filterTimer(new QTimer(this)), m_pages(new QStackedWidget(this)),
      m_tree(new QTreeView(m_pages)), m_words(new QLabel(m_pages))
{
    setObjectName(QStringLiteral("comparePane"));
    setFocusProxy(m_path);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 6, 8, 6);
    layout->setSpacing(6);
    layout->addLayout(makeInput());
    m_totals->setLayout(makeTotals());
    layout->addWidget(m_totals);
    makeTree();
    m_words->setObjectName(QStringLiteral("compareWords"));
    m_words->setAlignment(Qt::AlignCenter);
    m_words->setWordWrap(true);
    m_words->setMargin(12);
    m_words->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_pages->addWidget(m_words);
    m_pages->addWidget(m_tree);
    layout->addWidget(m_pages, 1);
    connect(&m_comparison, &Comparison::stateChanged, this, &ComparePane::showState);
    connect(&m_comparison, &Comparison::stateChanged, this, &ComparePane::busyChanged);
    connect(&m_comparison, &Comparison::progressed, this, &ComparePane::progressed);
    connect(&m_model, &QAbstractItemModel::modelReset, this, &ComparePane::unfold);
    connect(&session, &ReviewSession::closed, this, [this] {
        m_path->clear();
        m_filter->clear();
    });
    showState();
}

ComparePane::~ComparePane() = default;

QLayout *ComparePane::makeInput()
{
    auto *row = new QHBoxLayout;
    m_path->setObjectName(QStringLiteral("comparePath"));
    m_path->setAccessibleName(tr("Checkpoint to compare with"));
    m_path->setPlaceholderText(tr("Image directory or archive to compare with  (Ctrl+D)"));
    m_path->setClearButtonEnabled(true);
    m_compare->setObjectName(QStringLiteral("compareButton"));
    auto *archive = new QPushButton(tr("Archive…"), this);
    auto *directory = new QPushButton(tr("Directory…"), this);
    for (QPushButton *button : {m_compare, archive, directory})
        button->setAutoDefault(false);
    row->addWidget(m_path, 1);
    row->addWidget(archive);
    row->addWidget(directory);
    row->addWidget(m_compare);
    connect(m_path, &QLineEdit::returnPressed, this, &ComparePane::start);
    connect(m_path, &QLineEdit::textChanged, this, &ComparePane::showState);
    connect(archive, &QPushButton::clicked, this, [this] { choose(false); });
    connect(directory, &QPushButton::clicked, this, [this] { choose(true); });
    connect(m_compare, &QPushButton::clicked, this, [this] {
        if (m_comparison.isRunning())
            cancel();
        else
            start();
    });
    return row;
}

QLayout *ComparePane::makeTotals()
{
    auto *row = new QHBoxLayout;
    row->setContentsMargins(0, 0, 0, 0);
    m_totalsText->setObjectName(QStringLiteral("compareTotals"));
    m_totalsText->setWordWrap(true);
    m_totalsText->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_swap->setObjectName(QStringLiteral("compareSwap"));
    m_swap->setAccessibleName(tr("Swap before and after"));
    m_swap->setToolTip(tr("Swap before and after"));
    m_filter->setObjectName(QStringLiteral("compareFilter"));
    m_filter->setAccessibleName(tr("Filter the differences"));
    m_filter->setPlaceholderText(tr("Filter"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setFixedWidth(fontMetrics().averageCharWidth() * 24);
    m_filterTimer->setSingleShot(true);
    m_filterTimer->setInterval(filterRests);
    row->addWidget(m_totalsText, 1);
    row->addWidget(m_swap);
    row->addWidget(m_filter);
    connect(m_swap, &QPushButton::clicked, this, [this] {
        m_comparison.swap();
        showState();
    });
    connect(m_filter, &QLineEdit::textChanged, m_filterTimer, qOverload<>(&QTimer::start));
    connect(m_filterTimer, &QTimer::timeout, this, [this] {
        m_model.setFilter(m_filter->text());
        showState();
    });
    connect(m_filter, &QLineEdit::returnPressed, this, [this] { m_tree->setFocus(Qt::OtherFocusReason); });
    return row;
}

void ComparePane::makeTree()
{
    m_tree->setObjectName(QStringLiteral("differenceTree"));
    m_tree->setAccessibleName(tr("Differences"));
    m_tree->setModel(&m_model);
    m_tree->setUniformRowHeights(true);
    m_tree->setAlternatingRowColors(true);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setItemDelegate(new DifferenceDelegate(m_tree));
    m_tree->setIndentation(fontMetrics().averageCharWidth() * 2);
    m_tree->setEditTriggers(QAbstractItemView::NoEditTriggers);
    auto *header = m_tree->header();
    header->setStretchLastSection(false);
    const int letter = fontMetrics().averageCharWidth();
    header->setSectionResizeMode(DifferenceModel::Place, QHeaderView::Stretch);
    m_tree->setColumnWidth(DifferenceModel::ChangeColumn, letter * 13);
    m_tree->setColumnWidth(DifferenceModel::What, letter * 10);
    m_tree->setColumnWidth(DifferenceModel::Before, letter * 16);
    m_tree->setColumnWidth(DifferenceModel::After, letter * 16);
    m_tree->setColumnWidth(DifferenceModel::Bytes, letter * 8);
    connect(m_tree, &QTreeView::activated, this, &ComparePane::activate);
}

void ComparePane::focusInput()
{
    m_path->setFocus(Qt::ShortcutFocusReason);
    m_path->selectAll();
}

void ComparePane::choose(bool directory)
{
    const QString path = directory
                             ? QFileDialog::getExistingDirectory(this, tr("Image directory to compare with"))
                             : QFileDialog::getOpenFileName(this, tr("Archive to compare with"));
    if (!path.isEmpty())
        compareWith(path);
}

void ComparePane::compareWith(const QString &path)
{
    m_path->setText(path);
    start();
}

void ComparePane::start()
{
    const QString path = m_path->text().trimmed();
    if (path.isEmpty())
        return;
    m_filter->clear();
    m_filterTimer->stop();
    m_model.setFilter({});
    m_comparison.start(path);
}

void ComparePane::setMasked(bool masked)
{
    m_model.setMasked(masked);
    m_comparison.setValuesWanted(!masked);
}

void ComparePane::activate(const QModelIndex &index)
{
    if (!index.parent().isValid()) {
        m_tree->setExpanded(index, !m_tree->isExpanded(index));
        return;
    }
    if (m_model.isText(index))
        return;
    const DifferencePlace place = m_model.placeAt(index);
    if (place.target.kind == ByteTarget::Kind::None)
        Q_EMIT note(tr("Only in the other checkpoint: there is no place in the one that is shown"));
    else
        Q_EMIT placeAsked(place.target, place.address, place.length);
}

void ComparePane::unfold()
{
    if (m_comparison.difference() == nullptr)
        return;
    int rows = 0;
    for (int group = 0; group < m_model.rowCount(); ++group) {
        const QModelIndex top = m_model.index(group, 0);
        m_tree->setFirstColumnSpanned(group, {}, true);
        m_tree->expand(top);
        const int count = m_model.rowCount(top);
        rows += count;
        for (int row = 0; row < count; ++row) {
            if (m_model.isText(m_model.index(row, 0, top)))
                m_tree->setFirstColumnSpanned(row, top, true);
        }
    }
    for (int group = 0; group < m_model.rowCount(); ++group) {
        const QModelIndex top = m_model.index(group, 0);
        for (int row = 0; row < m_model.rowCount(top); ++row) {
            const QModelIndex index = m_model.index(row, 0, top);
            rows += m_model.rowCount(index);
            if (rows > maxUnfolded && !m_model.isFiltered())
                return;
            m_tree->expand(index);
        }
    }
}

void ComparePane::showState()
{
    using State = Comparison::State;
    const bool running = m_comparison.state() == State::Running;
    const CheckpointDifference *difference = m_comparison.difference();
    const bool differs = difference != nullptr && !difference->same();
    const QString unread = unreadText(unreadParts(m_comparison));
    m_compare->setText(m_comparison.isRunning() ? tr("Stop") : tr("Compare"));
    m_compare->setEnabled(m_comparison.isRunning() || !m_path->text().trimmed().isEmpty());
    m_totals->setVisible(differs);
    if (differs)
        m_totalsText->setText(totalsText(m_comparison) +
                              (unread.isEmpty() ? QString() : tr(" · ? not all could be read")));
    const bool listed = differs && m_model.rowCount() > 0;
    m_pages->setCurrentWidget(listed ? static_cast<QWidget *>(m_tree) : m_words);
    const QString name = QFileInfo(m_comparison.path()).fileName();
    if (running)
        m_words->setText(tr("Comparing with %1 … Esc cancels.").arg(name));
    else if (m_comparison.state() == State::Failed)
        m_words->setText(tr("✗ Cannot compare with %1.\n\n%2").arg(name, m_comparison.error()));
    else if (m_comparison.state() == State::Cancelled)
        m_words->setText(tr("Cancelled. Nothing is known of what differs from %1.").arg(name));
    else if (differs)
        m_words->setText(tr("No difference says “%1”. Clear the filter to see all.").arg(m_filter->text()));
    else if (difference != nullptr)
        m_words->setText(nothingDiffersText(m_comparison) +
                         (unread.isEmpty() ? QString() : QStringLiteral("\n\n") + unread));
    else
        m_words->setText(tr("What differs between this checkpoint and another one is listed here: members, "
                            "fields of images, and pages of each process.\n\nChoose an export of this "
                            "checkpoint, or an earlier or later dump."));
}

} // namespace cryoscope::ui
