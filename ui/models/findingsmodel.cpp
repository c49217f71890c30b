// SPDX-License-Identifier: Apache-2.0
#include "ui/models/findingsmodel.h"

#include <QApplication>
#include <QFont>

#include <algorithm>

namespace cryoscope::ui
{

FindingsModel::FindingsModel(ReviewSession &session, QObject *parent)
    : QAbstractTableModel(parent), m_session(session)
{
    connect(&session, &ReviewSession::findingsAboutToReset, this, [this] { beginResetModel(); });
    connect(&session, &ReviewSession::findingsReset, this, &FindingsModel::takeFindings);
    connect(&session, &ReviewSession::findingsChanged, this, [this](const std::vector<FindingId> &ids) {
        constexpr size_t manyRows = 200; // from here on, all are drawn again
        // A row stays where it is while it is judged, even if the filter would now hide it.
        for (const FindingId id : ids) {
            const auto position = positionOf(id);
            if (!position)
                continue;
            m_decisions[*position] = m_session.findings()[*position].decision;
            if (const int row = ids.size() > manyRows ? -1 : rowOf(id); row >= 0)
                Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
        }
        if (ids.size() > manyRows && count() > 0)
            Q_EMIT dataChanged(index(0, 0), index(static_cast<int>(count()) - 1, ColumnCount - 1));
    });
}

size_t FindingsModel::count() const
{
    return m_order ? m_order->size() : m_table ? m_table->size() : 0;
}

int FindingsModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(count());
}

int FindingsModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

MarkState FindingsModel::markState(const CaseFinding &entry)
{
    if (entry.origin == Origin::Manual && entry.decision == Decision::Accepted)
        return MarkState::Manual;
    switch (entry.decision) {
    case Decision::Undecided:
        break;
    case Decision::Accepted:
        return MarkState::Accepted;
    case Decision::Rejected:
        return MarkState::Rejected;
    }
    return MarkState::Undecided;
}

QVariant FindingsModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || static_cast<size_t>(index.row()) >= count() || !m_session.memory())
        return {};
    const CaseFinding &entry = at(static_cast<size_t>(index.row()));
    const Theme theme = themeFor(QApplication::palette());
    const MarkState state = markState(entry);
    if (role == Qt::DisplayRole) {
        switch (index.column()) {
        case ConfidenceColumn: {
            const auto name = confidenceName(entry.finding.confidence);
            return QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()));
        }
        case Kind: {
            const QString kind = QString::fromStdString(entry.finding.kind);
            return entry.finding.label.empty()
                       ? kind
                       : kind + QStringLiteral(" · ") + QString::fromStdString(entry.finding.label);
        }
        case Place:
            return placeText(*m_session.memory(), entry.finding);
        case Copies:
            return entry.copies > 0 ? QVariant(QStringLiteral("+%1").arg(entry.copies)) : QVariant();
        default:
            return {};
        }
    }
    if (role == Qt::DecorationRole && index.column() == State)
        return stateIcon(state, theme);
    if (role == Qt::AccessibleTextRole)
        return index.column() == State ? theme.look(state).name : data(index, Qt::DisplayRole).toString();
    if (role == Qt::ToolTipRole)
        return theme.look(state).name + QStringLiteral(": ") + QString::fromStdString(entry.finding.why);
    if (role == Qt::ForegroundRole &&
        (state == MarkState::Rejected || entry.finding.confidence == Confidence::Low))
        return QApplication::palette().color(QPalette::PlaceholderText);
    if (role == Qt::FontRole && state == MarkState::Rejected) {
        QFont font = QApplication::font();
        font.setStrikeOut(index.column() == Kind);
        return font;
    }
    if (role == Qt::TextAlignmentRole && index.column() == Copies)
        return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    return {};
}

QVariant FindingsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case ConfidenceColumn:
        return tr("Sure");
    case Kind:
        return tr("Kind");
    case Place:
        return tr("Place");
    case Copies:
        return tr("Copies");
    default:
        return QString();
    }
}

void FindingsModel::sort(int column, Qt::SortOrder order)
{
    switch (column) {
    case State:
        m_query.by = FindingQuery::By::State;
        break;
    case ConfidenceColumn:
        m_query.by = FindingQuery::By::Confidence;
        break;
    case Kind:
        m_query.by = FindingQuery::By::Kind;
        break;
    case Copies:
        m_query.by = FindingQuery::By::Copies;
        break;
    default:
        m_query.by = FindingQuery::By::Place;
        break;
    }
    m_query.descending = column >= 0 && order == Qt::DescendingOrder;
    arrange();
}

void FindingsModel::setFilter(const QString &text)
{
    m_query.words = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    arrange();
}

void FindingsModel::setStates(std::optional<Decision> only)
{
    m_query.only = only;
    arrange();
}

/// The end of a reset: the findings are others, so the list before says nothing any more.
void FindingsModel::takeFindings()
{
    m_table = m_session.table();
    m_decisions = m_table ? m_table->decisions() : std::vector<Decision>();
    m_places.reset();
    m_order = nullptr;
    m_taken = ++m_asked;
    if (m_table && !m_query.isPlain()) {
        if (m_table->size() < m_many) {
            m_order = FindingOrder::make(*m_session.memory(), *m_table, m_decisions, m_query, m_places);
        } else {
            m_order = std::make_shared<FindingOrder>(); // nothing until it is made
            ++m_asked;
            startJob();
        }
    }
    endResetModel();
}

void FindingsModel::arrange()
{
    ++m_asked;
    if (!m_table || m_query.isPlain())
        take(nullptr);
    else if (m_table->size() < m_many)
        take(FindingOrder::make(*m_session.memory(), *m_table, m_decisions, m_query, m_places));
    else
        startJob();
}

void FindingsModel::startJob()
{
    if (m_job.isRunning()) {
        m_job.cancel(); // what is asked for now is made when it has ended
        return;
    }
    struct Made {
        std::shared_ptr<const FindingPlaces> places;
        std::shared_ptr<const FindingOrder> order;
    };
    auto made = std::make_shared<Made>(Made{m_places, nullptr});
    m_job.start(
        [made, memory = m_session.memory(), table = m_table, decisions = m_decisions,
         query = m_query](Progress &, std::stop_token stop) {
            made->order = FindingOrder::make(*memory, *table, decisions, query, made->places, stop);
        },
        [this, made, table = m_table, asked = m_asked] {
            if (table == m_table)
                m_places = made->places;
            if (asked == m_asked && made->order)
                take(made->order);
            else if (isArranging() && m_table)
                startJob();
        });
}

void FindingsModel::take(std::shared_ptr<const FindingOrder> order)
{
    beginResetModel();
    m_order = std::move(order);
    m_taken = m_asked;
    endResetModel();
}

FindingId FindingsModel::idAt(int row) const
{
    return row < 0 || static_cast<size_t>(row) >= count()
               ? 0
               : (*m_table)[positionAt(static_cast<size_t>(row))].id;
}

void FindingsModel::addIds(int first, int last, std::vector<FindingId> &ids) const
{
    const size_t end = std::min(static_cast<size_t>(last) + 1, count());
    for (auto row = static_cast<size_t>(first); row < end; ++row)
        ids.push_back((*m_table)[positionAt(row)].id);
}

std::optional<size_t> FindingsModel::positionOf(FindingId id) const
{
    const CaseFinding *entry = m_session.finding(id);
    if (entry == nullptr)
        return std::nullopt;
    return static_cast<size_t>(entry - m_session.findings().data());
}

int FindingsModel::rowOf(FindingId id) const
{
    auto row = positionOf(id);
    if (row && m_order)
        row = m_order->rowOf(*row);
    return row ? static_cast<int>(*row) : -1;
}

int FindingsModel::step(int row, bool forward, bool undecidedOnly) const
{
    const int rows = rowCount();
    int at = row;
    for (int tried = 0; tried < rows; ++tried) {
        at = forward ? (at + 1 >= rows ? 0 : at + 1) : (at <= 0 ? rows - 1 : at - 1);
        if (!undecidedOnly || m_decisions[positionAt(static_cast<size_t>(at))] == Decision::Undecided)
            return at;
    }
    return -1;
}

} // namespace cryoscope::ui
