// SPDX-License-Identifier: Apache-2.0
// What the rows of a DifferenceModel say.
#include "ui/compare/comparisontext.h"
#include "ui/compare/differencemodel.h"
#include "ui/theme/theme.h"

#include <QLocale>

#include <algorithm>

namespace cryoscope::ui
{

namespace
{

QString sizeText(uint64_t bytes)
{
    return QLocale().formattedDataSize(static_cast<qint64>(bytes), 1);
}

QString countText(uint64_t count)
{
    return QLocale().toString(static_cast<qulonglong>(count));
}

QString pagesText(uint64_t pages)
{
    return DifferenceModel::tr("%n page(s)", nullptr, static_cast<int>(std::min<uint64_t>(pages, INT_MAX)));
}

} // namespace

QString DifferenceModel::valueText(const FieldDifference &field, bool before) const
{
    if (field.change == (before ? Change::Added : Change::Removed))
        return tr("not there");
    const bool holdsOthers = field.kind == "message" || field.kind == "record";
    if (!holdsOthers && m_masked)
        return maskedText();
    if (!holdsOthers && m_comparison.hasValues())
        return QString::fromStdString(before ? field.before : field.after);
    const uint64_t length = before ? field.lengthBefore : field.lengthAfter;
    return tr("%n byte(s)", nullptr, static_cast<int>(std::min<uint64_t>(length, INT_MAX)));
}

QString DifferenceModel::groupText(Group group) const
{
    const CheckpointDifference &difference = *m_comparison.difference();
    QString text = group == Members    ? membersTotal(difference)
                   : group == Memories ? memoryTotal(difference)
                                       : tr("? Not compared, for it cannot be read: %1").arg(m_unread.size());
    if (isFiltered())
        text += tr(" (%1 match the filter)").arg(m_rows[group].rows.size() + m_rows[group].unlisted);
    return text;
}

QString DifferenceModel::moreText(const QModelIndex &index, const Node &node) const
{
    if (index.column() != Place)
        return {};
    const uint64_t count =
        node.row == nullptr ? m_rows[node.group].unlisted : unlistedBelow(node.group, *node.row);
    return tr("and %1 more that are not listed").arg(countText(count));
}

QString DifferenceModel::memberText(const MemberDifference &member, int column) const
{
    switch (column) {
    case Place:
        return QString::fromStdString(member.path);
    case What:
        return member.image ? tr("image") : member.pages ? tr("pages file") : tr("file");
    case Before:
        return member.change == Change::Added ? tr("not there") : sizeText(member.sizeBefore);
    case After:
        return member.change == Change::Removed ? tr("not there") : sizeText(member.sizeAfter);
    case Bytes:
        return member.change == Change::Changed ? countText(member.changedBytes) : QString();
    default:
        return {};
    }
}

QString DifferenceModel::fieldText(const FieldDifference &field, int column) const
{
    switch (column) {
    case Place:
        return QString::fromStdString(field.path);
    case What:
        return QString::fromStdString(field.kind);
    case Before:
        return valueText(field, true);
    case After:
        return valueText(field, false);
    case Bytes:
        return field.change == Change::Changed && field.lengthBefore != field.lengthAfter
                   ? QStringLiteral("%1 → %2").arg(countText(field.lengthBefore),
                                                   countText(field.lengthAfter))
                   : countText(std::max(field.lengthBefore, field.lengthAfter));
    default:
        return {};
    }
}

QString DifferenceModel::memoryText(const MemoryDifference &memory, int column) const
{
    switch (column) {
    case Place:
        return memoryName(m_comparison, memory);
    case What:
        return pagesText(memory.changedPages + memory.addedPages + memory.removedPages);
    case Bytes:
        return countText(memory.changedBytes);
    default:
        return {};
    }
}

QString DifferenceModel::rangeText(const PagesDifference &range, int column) const
{
    switch (column) {
    case Place:
        return QStringLiteral("0x%1").arg(range.address, 0, 16) +
               (range.area.empty() ? QString() : QStringLiteral("  ") + QString::fromStdString(range.area));
    case What:
        return pagesText(range.pages);
    case Before:
        return range.change == Change::Added ? tr("not stored") : tr("stored");
    case After:
        return range.change == Change::Removed ? tr("not stored") : tr("stored");
    case Bytes:
        return range.change == Change::Changed ? countText(range.changedBytes) : QString();
    default:
        return {};
    }
}

QString DifferenceModel::text(const QModelIndex &index) const
{
    const Node node = nodeOf(index);
    if (node.more)
        return moreText(index, node);
    if (node.row == nullptr)
        return index.column() == Place ? groupText(node.group) : QString();
    if (node.unread)
        return index.column() == Place ? m_unread[static_cast<qsizetype>(node.row->index)] : QString();
    if (index.column() == ChangeColumn)
        return changeText(*changeOf(node));
    if (node.field != nullptr)
        return fieldText(*node.field, index.column());
    if (node.range != nullptr)
        return rangeText(*node.range, index.column());
    return node.member != nullptr ? memberText(*node.member, index.column())
                                  : memoryText(*node.memory, index.column());
}

} // namespace cryoscope::ui
