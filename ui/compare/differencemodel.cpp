// SPDX-License-Identifier: Apache-2.0
#include "ui/compare/differencemodel.h"

#include "ui/compare/comparisontext.h"
#include "ui/theme/theme.h"

#include <QApplication>

namespace cryoscope::ui
{

namespace
{

// An index knows what it lies in: 0 the top, 1 to 3 a group, beyond that a row of one.
constexpr quintptr atTop = 0;

quintptr inGroup(int group)
{
    return static_cast<quintptr>(group) + 1;
}

quintptr inRow(int groupRow, int row)
{
    return (static_cast<quintptr>(row) + 1) * 4 + static_cast<quintptr>(groupRow);
}

bool isInRow(quintptr id)
{
    return id >= 4;
}

} // namespace

DifferenceModel::DifferenceModel(const Comparison &comparison, QObject *parent)
    : QAbstractItemModel(parent), m_comparison(comparison)
{
    connect(&comparison, &Comparison::aboutToChange, this, [this] {
        beginResetModel();
        m_groups.clear();
    });
    connect(&comparison, &Comparison::changed, this, [this] {
        fill();
        endResetModel();
    });
    connect(&comparison, &Comparison::valuesChanged, this, &DifferenceModel::takeValues);
}

void DifferenceModel::takeValues()
{
    if (!isFiltered()) { // the same rows, so what is open stays open
        if (!m_groups.empty())
            Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
        return;
    }
    beginResetModel();
    fill();
    endResetModel();
}

void DifferenceModel::fill()
{
    m_groups.clear();
    m_rows = {};
    const CheckpointDifference *difference = m_comparison.difference();
    if (difference == nullptr)
        return;
    m_rows[Members] = filterMembers(*difference, m_wanted);
    m_rows[Memories] = filterMemory(*difference, m_wanted, [this](const MemoryDifference &memory) {
        return memoryName(m_comparison, memory).toStdString();
    });
    m_unread = unreadParts(m_comparison);
    m_rows[Unread] = filterParts(m_unread, m_wanted);
    for (const Group group : {Members, Memories, Unread}) {
        if (!m_rows[group].rows.empty())
            m_groups.push_back(group);
    }
}

void DifferenceModel::setFilter(const QString &text)
{
    beginResetModel();
    m_wanted = text.trimmed().toLower().toStdString();
    fill();
    endResetModel();
}

void DifferenceModel::setMasked(bool masked)
{
    m_masked = masked;
    if (!m_groups.empty())
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

uint64_t DifferenceModel::unlistedBelow(Group group, const DifferenceRow &row) const
{
    if (group == Unread)
        return 0;
    const CheckpointDifference &difference = *m_comparison.difference();
    if (group == Memories)
        return difference.memory[row.index].unlisted;
    const MemberDifference &member = difference.members[row.index];
    return member.image ? member.image->unlisted : 0;
}

DifferenceModel::Node DifferenceModel::nodeOf(const QModelIndex &index) const
{
    Node node;
    const quintptr id = index.internalId();
    const auto at = static_cast<size_t>(index.row());
    if (id == atTop) {
        node.group = m_groups[at];
        return node;
    }
    const CheckpointDifference &difference = *m_comparison.difference();
    node.group = m_groups[isInRow(id) ? id % 4 : id - 1];
    const auto &rows = m_rows[node.group].rows;
    const size_t row = isInRow(id) ? id / 4 - 1 : at;
    if (row >= rows.size()) {
        node.more = true;
        return node;
    }
    node.row = &rows[row];
    node.unread = node.group == Unread;
    if (node.unread)
        return node;
    if (node.group == Members)
        node.member = &difference.members[node.row->index];
    else
        node.memory = &difference.memory[node.row->index];
    if (!isInRow(id))
        return node;
    if (at >= node.row->parts.size())
        node.more = true;
    else if (node.group == Members)
        node.field = &node.member->image->fields[node.row->parts[at]];
    else
        node.range = &node.memory->ranges[node.row->parts[at]];
    return node;
}

QModelIndex DifferenceModel::index(int row, int column, const QModelIndex &parent) const
{
    if (row < 0 || row >= rowCount(parent) || column < 0 || column >= ColumnCount)
        return {};
    if (!parent.isValid())
        return createIndex(row, column, atTop);
    if (parent.internalId() == atTop)
        return createIndex(row, column, inGroup(parent.row()));
    return createIndex(row, column, inRow(static_cast<int>(parent.internalId()) - 1, parent.row()));
}

QModelIndex DifferenceModel::parent(const QModelIndex &index) const
{
    const quintptr id = index.isValid() ? index.internalId() : atTop;
    if (id == atTop)
        return {};
    if (!isInRow(id))
        return createIndex(static_cast<int>(id) - 1, 0, atTop);
    return createIndex(static_cast<int>(id / 4) - 1, 0, inGroup(static_cast<int>(id % 4)));
}

int DifferenceModel::rowCount(const QModelIndex &parent) const
{
    if (!parent.isValid())
        return static_cast<int>(m_groups.size());
    if (parent.column() > 0 || isInRow(parent.internalId()))
        return 0;
    const Node node = nodeOf(parent);
    if (parent.internalId() == atTop) {
        const DifferenceRows &rows = m_rows[node.group];
        return static_cast<int>(rows.rows.size()) + (rows.unlisted > 0 ? 1 : 0);
    }
    if (node.row == nullptr)
        return 0;
    return static_cast<int>(node.row->parts.size()) + (unlistedBelow(node.group, *node.row) > 0 ? 1 : 0);
}

int DifferenceModel::columnCount(const QModelIndex &) const
{
    return ColumnCount;
}

bool DifferenceModel::isText(const QModelIndex &index) const
{
    const Node node = nodeOf(index);
    return node.unread || node.more || node.row == nullptr;
}

DifferencePlace DifferenceModel::placeAt(const QModelIndex &index) const
{
    DifferencePlace place;
    if (!index.isValid())
        return place;
    const Node node = nodeOf(index);
    const bool before = m_comparison.isShownBefore();
    if (node.member != nullptr) {
        const MemberId member = before ? node.member->before : node.member->after;
        if (member == noMember)
            return place;
        place.address = node.member->firstChange.value_or(0);
        if (node.field != nullptr) {
            const ByteRange range = before ? node.field->placeBefore : node.field->placeAfter;
            if (range.empty())
                return place;
            place.address = range.offset;
            place.length = range.length;
        }
        place.target = {ByteTarget::Kind::Member, 0, 0, member};
    } else if (node.memory != nullptr) {
        const Memory &shown = *m_comparison.shown();
        const MemoryDifference &memory = *node.memory;
        if (memory.pid ? shown.checkpoint().task(*memory.pid) == nullptr
                       : !shown.sharedObject(memory.sharedId).ok())
            return place;
        place.target = memory.pid ? ByteTarget{ByteTarget::Kind::Task, *memory.pid, 0, noMember}
                                  : ByteTarget{ByteTarget::Kind::Shared, 0, memory.sharedId, noMember};
        if (node.range != nullptr)
            place.address = node.range->address;
        else if (!memory.ranges.empty())
            place.address = memory.ranges.front().address;
    }
    return place;
}

std::optional<Change> DifferenceModel::changeOf(const Node &node)
{
    if (node.more)
        return std::nullopt;
    if (node.field != nullptr)
        return node.field->change;
    if (node.range != nullptr)
        return node.range->change;
    if (node.member != nullptr)
        return node.member->change;
    if (node.memory != nullptr)
        return Change::Changed;
    return std::nullopt;
}

QVariant DifferenceModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || m_groups.empty())
        return {};
    switch (role) {
    case Qt::DisplayRole:
    case Qt::ToolTipRole:
        return text(index);
    case Qt::TextAlignmentRole:
        return QVariant((index.column() == Bytes ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    case Qt::FontRole:
        if (index.internalId() == atTop) {
            QFont bold = QApplication::font();
            bold.setBold(true);
            return bold;
        }
        if (isInRow(index.internalId()) && (index.column() == Before || index.column() == After))
            return monospaceFont();
        return {};
    case Qt::ForegroundRole: {
        const Node node = nodeOf(index);
        if (node.more)
            return QApplication::palette().color(QPalette::PlaceholderText);
        if (index.column() == ChangeColumn && changeOf(node) == Change::Changed)
            return themeFor(QApplication::palette()).look(MarkState::Changed).outline;
        return {};
    }
    case Qt::AccessibleTextRole:
        // The first column says what became of it as well: a screen reader may read no other.
        if (const auto change = changeOf(nodeOf(index)); change && index.column() == Place)
            return text(index) + QStringLiteral(", ") +
                   QString::fromStdString(std::string(changeName(*change)));
        return {};
    default:
        return {};
    }
}

QVariant DifferenceModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole && section == Bytes)
        return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Place:
        return tr("Where");
    case ChangeColumn:
        return tr("Change");
    case What:
        return tr("What");
    case Before:
        return tr("Before");
    case After:
        return tr("After");
    case Bytes:
        return tr("Bytes");
    default:
        return {};
    }
}

} // namespace cryoscope::ui
