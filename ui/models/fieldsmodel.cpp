// SPDX-License-Identifier: Apache-2.0
#include "ui/models/fieldsmodel.h"

#include "ui/theme/theme.h"

#include <QApplication>

#include <algorithm>

namespace cryoscope::ui
{

/// A node with its place in the tree. Children of a record come when it has been dissected.
struct FieldsModel::Item {
    DissectionNode node; ///< without children: those are items
    Item *parent = nullptr;
    int row = 0;
    std::vector<std::unique_ptr<Item>> children;
    bool isRecord = false;
    bool dissected = true;

    static std::unique_ptr<Item> make(DissectionNode node, Item *parent, int row)
    {
        auto item = std::make_unique<Item>();
        item->parent = parent;
        item->row = row;
        auto below = std::move(node.children);
        node.children.clear();
        item->node = std::move(node);
        for (DissectionNode &child : below)
            item->children.push_back(
                make(std::move(child), item.get(), static_cast<int>(item->children.size())));
        return item;
    }
};

FieldsModel::FieldsModel(QObject *parent) : QAbstractItemModel(parent) {}
FieldsModel::~FieldsModel() = default;

void FieldsModel::setImage(std::shared_ptr<const DissectedImage> image)
{
    beginResetModel();
    ++m_generation;
    m_wanted.clear();
    m_top.clear();
    m_image = std::move(image);
    m_heads = 0;
    if (m_image) {
        const auto add = [this](DissectionNode node) -> Item & {
            m_top.push_back(Item::make(std::move(node), nullptr, static_cast<int>(m_top.size())));
            return *m_top.back();
        };
        for (const DissectionNode &node : m_image->head)
            add(node);
        m_heads = m_top.size();
        const auto &records = m_image->image.records();
        for (size_t i = 0; i < records.size(); ++i) {
            DissectionNode node;
            node.kind = DissectionNode::Kind::Record;
            node.name = "record " + std::to_string(i);
            node.value = records[i].type->name;
            const uint64_t end = std::max(records[i].message.end(), records[i].payload.end());
            node.range = {records[i].frameOffset, end - records[i].frameOffset};
            Item &item = add(std::move(node));
            item.isRecord = true;
            item.dissected = false;
        }
        if (!m_image->rest.range.empty())
            add(m_image->rest);
    }
    endResetModel();
}

const FieldsModel::Item *FieldsModel::itemOf(const QModelIndex &index) const
{
    return index.isValid() ? static_cast<const Item *>(index.internalPointer()) : nullptr;
}

ByteRange FieldsModel::rangeAt(const QModelIndex &index) const
{
    const Item *item = itemOf(index);
    return item == nullptr ? ByteRange() : item->node.range;
}

QModelIndex FieldsModel::indexAt(uint64_t offset)
{
    const auto holding = [offset](const std::vector<std::unique_ptr<Item>> &items) -> const Item * {
        const auto after = std::partition_point(items.begin(), items.end(), [offset](const auto &item) {
            return item->node.range.end() <= offset;
        });
        return after != items.end() && (*after)->node.range.contains(offset) ? after->get() : nullptr;
    };
    const Item *found = holding(m_top);
    if (found == nullptr)
        return {};
    if (!found->dissected)
        dissect(static_cast<size_t>(found->row) - m_heads);
    for (const Item *below = holding(found->children); below != nullptr; below = holding(below->children))
        found = below;
    return createIndex(found->row, 0, found);
}

QString FieldsModel::pathOf(const QModelIndex &index) const
{
    QStringList names;
    const Item *last = itemOf(index);
    for (const Item *item = last; item != nullptr; item = item->parent) {
        const auto kind = item->node.kind;
        // A field's tag, length and value are one thing to a reader.
        if (kind != DissectionNode::Kind::Tag && kind != DissectionNode::Kind::Length &&
            kind != DissectionNode::Kind::Value && kind != DissectionNode::Kind::Message)
            names.prepend(QString::fromStdString(item->node.name));
    }
    QString path = names.join(QStringLiteral(" › "));
    for (const Item *item = last; item != nullptr; item = item->parent) {
        if (!item->node.value.empty() && !item->isRecord) {
            constexpr qsizetype longest = 60;
            const QString value = QString::fromStdString(item->node.value);
            path +=
                QStringLiteral(": ") + (value.size() > longest ? value.left(longest) + QChar(0x2026) : value);
            break;
        }
    }
    return path;
}

QModelIndex FieldsModel::index(int row, int column, const QModelIndex &parent) const
{
    const Item *above = itemOf(parent);
    const auto &items = above == nullptr ? m_top : above->children;
    if (row < 0 || static_cast<size_t>(row) >= items.size() || column < 0 || column >= ColumnCount)
        return {};
    return createIndex(row, column, items[static_cast<size_t>(row)].get());
}

QModelIndex FieldsModel::parent(const QModelIndex &index) const
{
    const Item *item = itemOf(index);
    return item == nullptr || item->parent == nullptr ? QModelIndex()
                                                      : createIndex(item->parent->row, 0, item->parent);
}

int FieldsModel::rowCount(const QModelIndex &parent) const
{
    const Item *item = itemOf(parent);
    return static_cast<int>(item == nullptr ? m_top.size() : item->children.size());
}

int FieldsModel::columnCount(const QModelIndex &) const
{
    return ColumnCount;
}

bool FieldsModel::hasChildren(const QModelIndex &parent) const
{
    const Item *item = itemOf(parent);
    return item == nullptr ? !m_top.empty() : !item->dissected || !item->children.empty();
}

bool FieldsModel::canFetchMore(const QModelIndex &parent) const
{
    const Item *item = itemOf(parent);
    return item != nullptr && !item->dissected;
}

void FieldsModel::fetchMore(const QModelIndex &parent)
{
    if (canFetchMore(parent))
        dissect(static_cast<size_t>(itemOf(parent)->row) - m_heads);
}

void FieldsModel::dissect(size_t record)
{
    m_wanted.insert(record);
    dissectNext();
}

void FieldsModel::dissectNext()
{
    if (m_job.isRunning() || m_wanted.empty() || !m_image)
        return;
    const size_t record = *m_wanted.begin();
    auto made = std::make_shared<DissectionNode>();
    m_job.start(
        [made, image = m_image, record](Progress &, std::stop_token) {
            auto node = Dissector(image->image).record(record);
            if (node) {
                *made = std::move(*node);
                return;
            }
            DissectionNode unread;
            unread.name = "unreadable";
            unread.meaning = node.error().describe();
            unread.range = {image->image.records()[record].frameOffset, 1};
            made->children.push_back(std::move(unread));
        },
        [this, made, record, generation = m_generation] {
            if (generation == m_generation) {
                m_wanted.erase(record);
                Item &item = *m_top[recordRow(record)];
                if (!item.dissected) {
                    item.dissected = true;
                    auto parsed = Item::make(std::move(*made), nullptr, item.row);
                    if (!parsed->children.empty()) {
                        beginInsertRows(createIndex(item.row, 0, &item), 0,
                                        static_cast<int>(parsed->children.size()) - 1);
                        item.children = std::move(parsed->children);
                        for (auto &child : item.children)
                            child->parent = &item;
                        endInsertRows();
                    }
                }
            }
            dissectNext();
        });
}

QVariant FieldsModel::data(const QModelIndex &index, int role) const
{
    const Item *item = itemOf(index);
    if (item == nullptr)
        return {};
    const DissectionNode &node = item->node;
    if (role == Qt::FontRole && (index.column() == Offset || index.column() == Value))
        return monospaceFont();
    if (role == Qt::ForegroundRole && node.kind == DissectionNode::Kind::Padding)
        return QApplication::palette().color(QPalette::PlaceholderText);
    if (role == Qt::ToolTipRole)
        return QString::fromStdString(node.meaning.empty() ? node.value : node.meaning);
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case Name: {
        const bool strange =
            node.kind == DissectionNode::Kind::Unexplained || node.kind == DissectionNode::Kind::UnknownField;
        return (strange ? QStringLiteral("? ") : QString()) + QString::fromStdString(node.name);
    }
    case Value:
        return QString::fromStdString(node.value);
    case Meaning:
        return QString::fromStdString(node.meaning);
    case Offset:
        return QStringLiteral("0x%1").arg(node.range.offset, 0, 16);
    case Length:
        return QString::number(node.range.length);
    default:
        return {};
    }
}

QVariant FieldsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Name:
        return tr("Field");
    case Value:
        return tr("Value");
    case Meaning:
        return tr("Meaning");
    case Offset:
        return tr("Offset");
    case Length:
        return tr("Bytes");
    default:
        return {};
    }
}

} // namespace cryoscope::ui
