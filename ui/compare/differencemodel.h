// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/compare/comparison.h"
#include "ui/compare/differencefilter.h"
#include "ui/hexview/documents.h"

#include <QAbstractItemModel>

#include <array>

namespace cryoscope::ui
{

/// Where a difference is in the checkpoint that is shown.
struct DifferencePlace {
    ByteTarget target; ///< None: it is not there
    uint64_t address = 0;
    uint64_t length = 0; ///< bytes to be chosen; 0: none in particular
};

/// How two checkpoints differ, as a tree: members with the fields of images, and processes and shared objects
/// with their ranges of pages; last what could not be read. Reads the comparison's values where they are;
/// lists the first thousand of each kind, and says how many more there are.
class DifferenceModel : public QAbstractItemModel
{
    Q_OBJECT
public:
    enum Column { Place, ChangeColumn, What, Before, After, Bytes, ColumnCount };

    explicit DifferenceModel(const Comparison &comparison, QObject *parent = nullptr);

    /// Lists only what says `text` somewhere; empty: all.
    void setFilter(const QString &text);
    [[nodiscard]] bool isFiltered() const { return !m_wanted.empty(); }
    /// Values are dots.
    void setMasked(bool masked);
    /// Whether a row is one text, over all columns.
    [[nodiscard]] bool isText(const QModelIndex &index) const;
    /// Where a row leads; target None if the shown checkpoint does not have it.
    [[nodiscard]] DifferencePlace placeAt(const QModelIndex &index) const;

    QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    QModelIndex parent(const QModelIndex &index) const override;
    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    enum Group { Members, Memories, Unread, GroupCount };
    /// What an index stands for.
    struct Node {
        Group group = Members;
        const DifferenceRow *row = nullptr; ///< null: the group itself, or what is not listed of it
        bool more = false;                  ///< stands for what is not listed
        const MemberDifference *member = nullptr;
        const FieldDifference *field = nullptr;
        const MemoryDifference *memory = nullptr;
        const PagesDifference *range = nullptr;
        bool unread = false; ///< a part that could not be read
    };
    [[nodiscard]] Node nodeOf(const QModelIndex &index) const;
    [[nodiscard]] uint64_t unlistedBelow(Group group, const DifferenceRow &row) const;
    void fill();
    void takeValues();
    [[nodiscard]] QString text(const QModelIndex &index) const;
    [[nodiscard]] QString moreText(const QModelIndex &index, const Node &node) const;
    [[nodiscard]] QString groupText(Group group) const;
    [[nodiscard]] QString memberText(const MemberDifference &member, int column) const;
    [[nodiscard]] QString fieldText(const FieldDifference &field, int column) const;
    [[nodiscard]] QString memoryText(const MemoryDifference &memory, int column) const;
    [[nodiscard]] QString rangeText(const PagesDifference &range, int column) const;
    [[nodiscard]] QString valueText(const FieldDifference &field, bool before) const;
    /// What became of a row; nothing for groups and what is not listed.
    [[nodiscard]] static std::optional<Change> changeOf(const Node &node);

    const Comparison &m_comparison;
    std::string m_wanted; ///< in lower case
    bool m_masked = false;
    std::vector<Group> m_groups;                   ///< those that are not empty
    std::array<DifferenceRows, GroupCount> m_rows; ///< of Unread: index in m_unread
    QStringList m_unread;
};

} // namespace cryoscope::ui
