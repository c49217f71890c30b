// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/dissector.h"
#include "core/image/patchedimage.h"
#include "core/memory/memory.h"
#include "ui/jobs/job.h"

#include <QAbstractItemModel>

#include <functional>
#include <memory>
#include <set>
#include <vector>

namespace cryoscope::ui
{

/// An image with its index of records, which the nodes of a FieldsModel are made of.
struct DissectedImage {
    Image image;
    std::vector<DissectionNode> head; ///< magics
    DissectionNode rest;
};

/// The fields of an image: each byte has a name. Records are dissected in the background when they are first
/// looked into. With a preview each field that it changes has a mark, and its value before and after.
class FieldsModel : public QAbstractItemModel
{
    Q_OBJECT
public:
    enum Column { Name, Value, After, Meaning, Offset, Length, ColumnCount };

    explicit FieldsModel(QObject *parent = nullptr);
    ~FieldsModel() override;

    /// Null: nothing.
    void setImage(std::shared_ptr<const DissectedImage> image);
    /// What an export makes of the same image; null: no preview.
    void setPreview(std::shared_ptr<const PatchedImage> preview);
    [[nodiscard]] const std::shared_ptr<const PatchedImage> &preview() const { return m_preview; }
    /// Values of which `isSecret` says so are dots; null: none.
    void setMask(std::function<bool(ByteRange)> isSecret);
    /// Bytes of a row.
    [[nodiscard]] ByteRange rangeAt(const QModelIndex &index) const;
    /// The innermost row that holds the byte at `offset`; its record is asked for if it was not dissected yet
    /// (rowsInserted tells when it has come).
    [[nodiscard]] QModelIndex indexAt(uint64_t offset);
    /// "record 3 › mm_arg_start: 0x7ffd…", from the outermost to `index`.
    [[nodiscard]] QString pathOf(const QModelIndex &index) const;

    QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    QModelIndex parent(const QModelIndex &index) const override;
    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    bool hasChildren(const QModelIndex &parent = {}) const override;
    bool canFetchMore(const QModelIndex &parent) const override;
    void fetchMore(const QModelIndex &parent) override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Item;
    [[nodiscard]] const Item *itemOf(const QModelIndex &index) const;
    [[nodiscard]] size_t recordRow(size_t record) const { return m_heads + record; }
    void dissect(size_t record);
    void dissectNext();
    void take(size_t record, ChangedNode &&made);
    [[nodiscard]] bool isChanged(const Item &item) const;
    [[nodiscard]] bool isMasked(const Item &item) const;
    [[nodiscard]] QString valueText(const Item &item) const;
    [[nodiscard]] QString afterText(const Item &item) const;
    [[nodiscard]] QString toolTip(const Item &item) const;
    /// The views ask again for what all rows say.
    void repaint();

    std::shared_ptr<const DissectedImage> m_image;
    std::shared_ptr<const PatchedImage> m_preview;
    std::function<bool(ByteRange)> m_isSecret;
    std::vector<std::unique_ptr<Item>> m_top; ///< magics, records, rest
    size_t m_heads = 0;
    std::set<size_t> m_wanted; ///< records to be dissected
    uint64_t m_generation = 0;
    Job m_job;
};

} // namespace cryoscope::ui
