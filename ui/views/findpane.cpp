// SPDX-License-Identifier: Apache-2.0
#include "ui/views/findpane.h"

#include "ui/theme/widgets.h"

#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>

namespace cryoscope::ui
{

namespace
{

constexpr int firstStretch = HitsModel::Stored;

} // namespace

FindPane::FindPane(ReviewSession &session, QWidget *parent)
    : QWidget(parent), m_session(session), m_model(session, m_search), m_edit(new QLineEdit(this)),
      m_kind(new QComboBox(this)), m_find(new QPushButton(tr("Find"), this)), m_list(new QTableView(this)),
      m_count(new QLabel(this)), m_redactChosen(new QPushButton(tr("Redact chosen"), this)),
      m_redactAll(new QPushButton(tr("Redact all"), this))
{
    setObjectName(QStringLiteral("findPane"));
    setFocusProxy(m_edit);
    makeInput();
    makeHits();
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 6, 8, 6);
    layout->setSpacing(6);
    auto *top = new QHBoxLayout;
    top->addWidget(m_edit, 1);
    top->addWidget(m_kind);
    top->addWidget(m_find);
    layout->addLayout(top);
    layout->addWidget(m_list, 1);
    auto *bottom = new QHBoxLayout;
    bottom->addWidget(m_count, 1);
    bottom->addWidget(m_redactChosen);
    bottom->addWidget(m_redactAll);
    layout->addLayout(bottom);
    connect(&m_search, &Search::started, this, &FindPane::showCount);
    connect(&m_search, &Search::started, this, &FindPane::busyChanged);
    connect(&m_search, &Search::progressed, this, &FindPane::progressed);
    connect(&m_search, &Search::found, this, [this](size_t first) {
        showCount();
        if (first == 0)
            m_list->selectRow(0); // shows it; the rest comes while it is looked at
    });
    connect(&m_search, &Search::finished, this, &FindPane::finish);
    connect(&m_session, &ReviewSession::closed, this, &FindPane::forget);
    showCount();
}

FindPane::~FindPane() = default;

void FindPane::makeInput()
{
    m_edit->setObjectName(QStringLiteral("findEdit"));
    m_edit->setAccessibleName(tr("Find in all memory and all files"));
    m_edit->setPlaceholderText(tr("Find in all memory and all files  (/)"));
    m_edit->setClearButtonEnabled(true);
    m_kind->setObjectName(QStringLiteral("findKind"));
    m_kind->setAccessibleName(tr("What is searched for"));
    m_kind->addItem(tr("Text, in every encoding"), static_cast<int>(SearchQuery::Kind::Text));
    m_kind->addItem(tr("Bytes (hex)"), static_cast<int>(SearchQuery::Kind::Bytes));
    m_kind->addItem(tr("Regular expression"), static_cast<int>(SearchQuery::Kind::Pattern));
    m_find->setObjectName(QStringLiteral("findButton"));
    connect(m_edit, &QLineEdit::returnPressed, this, &FindPane::start);
    connect(m_find, &QPushButton::clicked, this, [this] {
        if (m_search.isRunning())
            m_search.cancel();
        else
            start();
    });
}

void FindPane::makeHits()
{
    m_list->setObjectName(QStringLiteral("hitList"));
    m_list->setAccessibleName(tr("Hits"));
    m_list->setModel(&m_model);
    styleTable(m_list, 6);
    auto *header = m_list->horizontalHeader();
    const int letter = fontMetrics().averageCharWidth();
    m_list->setColumnWidth(HitsModel::Place, letter * 22);
    m_list->setColumnWidth(HitsModel::Address, QFontMetrics(monospaceFont()).averageCharWidth() * 17);
    m_list->setColumnWidth(HitsModel::Form, letter * 12);
    m_list->setColumnWidth(HitsModel::Length, letter * 9);
    header->setSectionResizeMode(firstStretch, QHeaderView::Stretch);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex &index) {
                if (index.isValid())
                    Q_EMIT hitActivated(m_search.hits()[static_cast<size_t>(index.row())]);
            });
    connect(m_list, &QTableView::clicked, this, [this](const QModelIndex &index) {
        Q_EMIT hitActivated(m_search.hits()[static_cast<size_t>(index.row())]);
    });
    connect(m_list->selectionModel(), &QItemSelectionModel::selectionChanged, this, &FindPane::showCount);
    m_redactChosen->setObjectName(QStringLiteral("redactChosenHits"));
    m_redactAll->setObjectName(QStringLiteral("redactAllHits"));
    m_count->setObjectName(QStringLiteral("hitCount"));
    connect(m_redactChosen, &QPushButton::clicked, this, [this] { redact(false); });
    connect(m_redactAll, &QPushButton::clicked, this, [this] { redact(true); });
}

void FindPane::focusInput()
{
    m_edit->setFocus(Qt::ShortcutFocusReason);
    m_edit->selectAll();
}

void FindPane::start()
{
    const QString text = m_edit->text();
    if (text.isEmpty() || !m_session.isOpen())
        return;
    SearchQuery query{static_cast<SearchQuery::Kind>(m_kind->currentData().toInt()), text.toStdString()};
    if (query.kind == SearchQuery::Kind::Bytes) {
        QString digits = text;
        digits.remove(QLatin1Char(' '));
        const QByteArray bytes = QByteArray::fromHex(digits.toLatin1());
        if (digits.size() % 2 != 0 || bytes.size() * 2 != digits.size()) {
            m_count->setText(tr("Bytes are pairs of hexadecimal digits: 41 42 43"));
            return;
        }
        query.wanted = bytes.toStdString();
    }
    m_search.start(m_session.memory(), std::move(query));
}

void FindPane::showCount()
{
    const bool running = m_search.isRunning();
    const int count = m_model.rowCount();
    m_find->setText(running ? tr("Stop") : tr("Find"));
    m_count->setText(
        count > 0 ? (running ? tr("%n hit(s) so far", nullptr, count) : tr("%n hit(s)", nullptr, count))
        : running ? tr("Searching …")
                  : QString());
    m_redactAll->setEnabled(count > 0 && !running);
    m_redactChosen->setEnabled(m_list->selectionModel()->hasSelection());
}

void FindPane::finish(const QString &error, bool cut)
{
    showCount();
    const int count = m_model.rowCount();
    if (cut)
        m_count->setText(
            tr("More than %n hit(s): only these are listed; search for something longer", nullptr, count));
    else if (!error.isEmpty())
        m_count->setText(tr("%1 (%n hit(s))", nullptr, count).arg(error));
    else if (count == 0)
        m_count->setText(tr("Not found in any memory or file"));
    Q_EMIT busyChanged();
}

void FindPane::step(bool forward)
{
    const int count = m_model.rowCount();
    if (count == 0)
        return;
    const int row = m_list->currentIndex().row();
    m_list->selectRow(forward ? (row + 1) % count : (row <= 0 ? count - 1 : row - 1));
}

void FindPane::redact(bool all)
{
    std::vector<Finding> findings;
    if (all) {
        findings = m_search.hits();
    } else {
        for (const QModelIndex &index : m_list->selectionModel()->selectedRows())
            findings.push_back(m_search.hits()[static_cast<size_t>(index.row())]);
    }
    if (!findings.empty())
        // The bytes of an encoded hit do not say what was searched for: no copies are sought of those.
        m_session.acceptFindings(std::move(findings),
                                 m_search.kind() == SearchQuery::Kind::Text ? Origin::ValueFile
                                                                            : Origin::Manual,
                                 tr("hits of a search"));
}

/// What was searched for may be a secret.
void FindPane::forget()
{
    m_edit->clear();
    m_search.clear();
}

} // namespace cryoscope::ui
