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
    connect(&session, &ReviewSession::findingsAdded, this, &FindingsModel::takeMore);
    connect(&session, &ReviewSession::findingsChanged, this, [this](const std::vector<FindingId> &ids) {
        constexpr size_t manyRows = 200; // from here on, all are drawn again
        // A row stays where it is while it is judged, even if the filter would now hide it.
        if (!ids.empty() && ids.size() <= manyRows) {
            for (const FindingId id : ids) {
                if (const int row = rowOf(id); row >= 0)
                    Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
            }
        } else if (count() > 0) {
            Q_EMIT dataChanged(index(0, 0), index(static_cast<int>(count()) - 1, ColumnCount - 1));
        }
    });
}

size_t FindingsModel::count() const
{
    return m_order ? m_order->size() : m_table.size();
}

int FindingsModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(count());
}

int FindingsModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

MarkState FindingsModel::markState(Origin origin, Decision decision)
{
    if (origin == Origin::Manual && decision == Decision::Accepted)
        return MarkState::Manual;
    switch (decision) {
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
    const CaseFinding entry = m_session.findings()[positionAt(static_cast<size_t>(index.row()))];
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
    const FindingList &findings = m_session.findings();
    m_table = findings.table();
    m_places.reset();
    m_order = nullptr;
    m_taken = ++m_asked;
    m_listed = m_table.size();
    if (m_table.size() > 0 && !m_query.isPlain()) {
        if (m_table.size() < m_many) {
            m_order =
                FindingOrder::make(*m_session.memory(), m_table, findings.decisions(), m_query, m_places);
        } else {
            m_order = std::make_shared<FindingOrder>(); // nothing until it is made
            ++m_asked;
            startJob();
        }
    }
    endResetModel();
}

/// More findings are there than before.
void FindingsModel::takeMore()
{
    const FindingTable now = m_session.findings().table();
    if (m_order) {
        m_table = now;
        if (!m_job.isRunning() && hasOutgrown())
            arrange();
        return;
    }
    // All are listed, if only until the job has ended that makes another list.
    beginInsertRows({}, static_cast<int>(m_table.size()), static_cast<int>(now.size()) - 1);
    m_table = now;
    m_listed = now.size();
    endInsertRows();
}

/// Whether the list is to be made anew for what was added: not for each part, which would be a hundred times.
bool FindingsModel::hasOutgrown() const
{
    return m_table.size() > m_listed && (!m_session.isLoading() || m_table.size() / 2 >= m_listed);
}

void FindingsModel::arrange()
{
    ++m_asked;
    if (m_table.size() == 0 || m_query.isPlain())
        take(nullptr, m_table.size());
    else if (m_table.size() < m_many)
        take(FindingOrder::make(*m_session.memory(), m_table, m_session.findings().decisions(), m_query,
                                m_places),
             m_table.size());
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
        [made, memory = m_session.memory(), table = m_table, decisions = m_session.findings().decisions(),
         query = m_query](Progress &, std::stop_token stop) {
            made->order = FindingOrder::make(*memory, table, decisions, query, made->places, stop);
        },
        [this, made, table = m_table, asked = m_asked] {
            const bool same = table.isOfSame(m_table);
            if (same)
                m_places = made->places;
            if (same && asked == m_asked && made->order)
                take(made->order, table.size());
            if (m_table.size() > 0 && (isArranging() || (m_order && hasOutgrown())))
                arrange();
        });
}

void FindingsModel::take(std::shared_ptr<const FindingOrder> order, size_t listed)
{
    beginResetModel();
    m_order = std::move(order);
    m_listed = listed;
    m_taken = m_asked;
    endResetModel();
}

FindingId FindingsModel::idAt(int row) const
{
    return row < 0 || static_cast<size_t>(row) >= count()
               ? 0
               : m_table.idAt(positionAt(static_cast<size_t>(row)));
}

void FindingsModel::addIds(int first, int last, std::vector<FindingId> &ids) const
{
    const size_t end = std::min(static_cast<size_t>(last) + 1, count());
    for (auto row = static_cast<size_t>(first); row < end; ++row)
        ids.push_back(m_table.idAt(positionAt(row)));
}

void FindingsModel::addPositions(int first, int last, std::vector<PositionRange> &where) const
{
    const size_t end = std::min(static_cast<size_t>(last) + 1, count());
    if (!m_order) {
        where.push_back({static_cast<size_t>(first), end});
        return;
    }
    for (auto row = static_cast<size_t>(first); row < end; ++row) {
        const size_t position = m_order->positionAt(row);
        if (!where.empty() && where.back().end == position)
            ++where.back().end;
        else
            where.push_back({position, position + 1});
    }
}

int FindingsModel::rowOf(FindingId id) const
{
    auto row = m_session.findings().position(id);
    if (row && m_order)
        row = m_order->rowOf(*row);
    return row && *row < count() ? static_cast<int>(*row) : -1;
}

int FindingsModel::step(int row, bool forward, bool undecidedOnly) const
{
    const int rows = rowCount();
    int at = row;
    const auto &decisions = m_session.findings().decisions();
    for (int tried = 0; tried < rows; ++tried) {
        at = forward ? (at + 1 >= rows ? 0 : at + 1) : (at <= 0 ? rows - 1 : at - 1);
        if (!undecidedOnly || decisions[positionAt(static_cast<size_t>(at))] == Decision::Undecided)
            return at;
    }
    return -1;
}

} // namespace cryoscope::ui
