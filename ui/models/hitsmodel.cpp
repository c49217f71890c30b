// SPDX-License-Identifier: Apache-2.0
#include "ui/models/hitsmodel.h"

#include "ui/models/findingorder.h"
#include "ui/review/edges.h"

namespace cryoscope::ui
{

HitsModel::HitsModel(const ReviewSession &session, const Search &search, QObject *parent)
    : QAbstractTableModel(parent), m_session(session), m_search(search)
{
    connect(&search, &Search::started, this, [this] {
        beginResetModel();
        m_rows = 0;
        endResetModel();
    });
    connect(&search, &Search::found, this, [this](size_t first) {
        const auto count = static_cast<int>(m_search.hits().size());
        beginInsertRows({}, static_cast<int>(first), count - 1);
        m_rows = count;
        endInsertRows();
    });
}

int HitsModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : m_rows;
}

int HitsModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant HitsModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= m_rows || !m_session.memory())
        return {};
    if (role == Qt::FontRole && (index.column() == Address || index.column() == Stored))
        return monospaceFont();
    if (role == Qt::TextAlignmentRole && index.column() == Length)
        return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole)
        return {};
    const Memory &memory = *m_session.memory();
    const Finding &hit = m_search.hits()[static_cast<size_t>(index.row())];
    switch (index.column()) {
    case Place:
        return placeText(memory, hit);
    case Address:
        return QStringLiteral("0x%1").arg(placeOf(memory, hit).address, 0, 16);
    case Stored: {
        const Archive &archive = memory.checkpoint().archive();
        const Extent inner = archive.innermost(hit.parts.front());
        return QStringLiteral("%1+0x%2")
            .arg(QString::fromStdString(archive.member(inner.member).path))
            .arg(inner.offset, 0, 16);
    }
    case Form: {
        const auto name = encodingName(hit.encoding);
        return QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()));
    }
    case Length:
        return QString::number(hit.length());
    default:
        return {};
    }
}

QVariant HitsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Place:
        return tr("Place");
    case Address:
        return tr("Address");
    case Stored:
        return tr("Stored at");
    case Form:
        return tr("As");
    case Length:
        return tr("Bytes");
    default:
        return {};
    }
}

} // namespace cryoscope::ui
