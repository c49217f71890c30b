// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/memory/memory.h"
#include "ui/hexview/documents.h"

#include <QStandardItemModel>

namespace cryoscope::ui
{

/// What is in a checkpoint, as a tree: processes with their threads, images, shared memory, files, archive
/// members, what is known of the container, and which image sets there are.
class CheckpointTree : public QStandardItemModel
{
    Q_OBJECT
public:
    using QStandardItemModel::QStandardItemModel;

    void setMemory(const std::shared_ptr<const Memory> &memory);
    /// What choosing an item shows; Kind::None for headings.
    [[nodiscard]] ByteTarget targetAt(const QModelIndex &index) const;
    /// The image set that an item stands for, as Checkpoint::OpenOptions::set takes it; empty if it stands
    /// for none or for the one that is shown.
    [[nodiscard]] QString otherSetAt(const QModelIndex &index) const;
    /// The item that shows `target`; invalid if there is none.
    [[nodiscard]] QModelIndex indexOf(const ByteTarget &target) const;

private:
    void addProcesses(const Memory &memory);
    void addImages(const Memory &memory);
    void addShared(const Memory &memory);
    void addFiles(const Memory &memory);
    void addMembers(const Memory &memory);
    void addContainer(const Memory &memory);
    QStandardItem *heading(const QString &text, const QString &name);
    static QStandardItem *item(const QString &text, const ByteTarget &target);
};

} // namespace cryoscope::ui
