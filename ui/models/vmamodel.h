// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/memory/memory.h"
#include "ui/jobs/job.h"

#include <QAbstractTableModel>

#include <memory>

namespace cryoscope::ui
{

/// The VMAs of one task. How much of each is stored is counted in the background.
class VmaModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { Start, End, Size, Permissions, Stored, Name, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void setTask(std::shared_ptr<const Memory> memory, uint32_t pid);
    void clear();
    /// Virtual address where a row's VMA begins.
    [[nodiscard]] uint64_t addressAt(int row) const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    void count();

    std::shared_ptr<const Memory> m_memory;
    const Task *m_task = nullptr;
    std::vector<int64_t> m_stored; ///< bytes in pages files by row; -1: not counted yet
    Job m_job;
};

} // namespace cryoscope::ui
