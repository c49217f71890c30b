// SPDX-License-Identifier: Apache-2.0
#include "ui/models/vmamodel.h"

#include "ui/theme/theme.h"

#include <QLocale>

namespace cryoscope::ui
{

void VmaModel::setTask(std::shared_ptr<const Memory> memory, uint32_t pid)
{
    beginResetModel();
    m_memory = std::move(memory);
    m_task = m_memory ? m_memory->checkpoint().task(pid) : nullptr;
    m_stored.assign(m_task != nullptr ? m_task->vmas.size() : 0, -1);
    endResetModel();
    m_job.cancel();
    count();
}

void VmaModel::count()
{
    if (m_task == nullptr || m_job.isRunning())
        return; // asks again when the one before has ended
    auto stored = std::make_shared<std::vector<int64_t>>();
    m_job.start(
        [stored, memory = m_memory, task = m_task](Progress &, std::stop_token stop) {
            const auto space = memory->addressSpace(task->pid);
            for (const Vma &vma : task->vmas) {
                if (stop.stop_requested())
                    return;
                uint64_t bytes = 0;
                if (space) {
                    for (const AddressPiece &piece : space->pieces(vma.range()))
                        bytes += piece.presence == Presence::Present ? piece.length : 0;
                }
                stored->push_back(static_cast<int64_t>(bytes));
            }
        },
        [this, stored, task = m_task] {
            if (task == m_task && stored->size() == m_stored.size()) {
                m_stored = std::move(*stored);
                Q_EMIT dataChanged(index(0, Stored), index(rowCount() - 1, Stored));
            } else {
                count();
            }
        });
}

void VmaModel::clear()
{
    setTask(nullptr, 0);
}

uint64_t VmaModel::addressAt(int row) const
{
    return m_task != nullptr && row >= 0 && static_cast<size_t>(row) < m_task->vmas.size()
               ? m_task->vmas[static_cast<size_t>(row)].start
               : 0;
}

int VmaModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() || m_task == nullptr ? 0 : static_cast<int>(m_task->vmas.size());
}

int VmaModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant VmaModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || m_task == nullptr)
        return {};
    const auto row = static_cast<size_t>(index.row());
    const Vma &vma = m_task->vmas[row];
    if (role == Qt::FontRole && index.column() <= Permissions)
        return monospaceFont();
    if (role == Qt::TextAlignmentRole && (index.column() == Size || index.column() == Stored))
        return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    const auto bytes = [](uint64_t count) {
        return QLocale().formattedDataSize(static_cast<qint64>(count), 1);
    };
    switch (index.column()) {
    case Start:
        return QStringLiteral("%1").arg(vma.start, 16, 16, QLatin1Char('0'));
    case End:
        return QStringLiteral("%1").arg(vma.end, 16, 16, QLatin1Char('0'));
    case Size:
        return bytes(vma.end - vma.start);
    case Permissions:
        return QString::fromStdString(vma.permissions());
    case Stored:
        if (m_stored[row] < 0)
            return QStringLiteral("…");
        return m_stored[row] == 0 ? tr("none") : bytes(static_cast<uint64_t>(m_stored[row]));
    case Name:
        return QString::fromStdString(vma.label()) + (vma.dontDump() ? tr(" (MADV_DONTDUMP)") : QString());
    default:
        return {};
    }
}

QVariant VmaModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Start:
        return tr("Start");
    case End:
        return tr("End");
    case Size:
        return tr("Size");
    case Permissions:
        return tr("Access");
    case Stored:
        return tr("Stored");
    case Name:
        return tr("What");
    default:
        return {};
    }
}

} // namespace cryoscope::ui
