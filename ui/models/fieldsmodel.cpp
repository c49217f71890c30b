// SPDX-License-Identifier: Apache-2.0
#include "ui/models/fieldsmodel.h"

#include "ui/theme/theme.h"

#include <QApplication>

#include <algorithm>

namespace cryoscope::ui
{

/// A node with its place in the tree. Children of a record come when it has been dissected.
struct FieldsModel::Item {
    DissectionNode node;       ///< without children: those are items
    std::string before, after; ///< as ChangedNode's
    Item *parent = nullptr;
    int row = 0;
    std::vector<std::unique_ptr<Item>> children;
    bool isRecord = false;
    bool dissected = true;

    static std::unique_ptr<Item> make(ChangedNode &&made, Item *parent, int row)
    {
        auto item = std::make_unique<Item>();
        item->parent = parent;
        item->row = row;
        item->node = std::move(made.node);
        item->before = std::move(made.before);
        item->after = std::move(made.after);
        for (ChangedNode &child : made.children)
            item->children.push_back(
                make(std::move(child), item.get(), static_cast<int>(item->children.size())));
        return item;
    }

    /// Takes what another preview says of the same nodes.
    void update(ChangedNode &&made)
    {
        before = std::move(made.before);
        after = std::move(made.after);
        for (size_t i = 0; i < std::min(children.size(), made.children.size()); ++i)
            children[i]->update(std::move(made.children[i]));
    }

    /// Whether its value says what its bytes hold, and not what is in it.
    [[nodiscard]] bool holdsValue() const
    {
        const auto kind = node.kind;
        if (kind == DissectionNode::Kind::Field || kind == DissectionNode::Kind::UnknownField)
            return children.empty() || children.back()->node.kind == DissectionNode::Kind::Value;
        return kind == DissectionNode::Kind::Value || kind == DissectionNode::Kind::Data ||
               kind == DissectionNode::Kind::Line;
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
    m_preview.reset();
    m_heads = 0;
    if (m_image) {
        const auto add = [this](DissectionNode node) -> Item & {
            m_top.push_back(Item::make(unchanged(std::move(node)), nullptr, static_cast<int>(m_top.size())));
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

void FieldsModel::setPreview(std::shared_ptr<const PatchedImage> preview)
{
    if (!m_image || (!preview && !m_preview))
        return;
    const auto before = std::exchange(m_preview, std::move(preview));
    ++m_generation; // what is being dissected is so for another one
    const size_t records = m_image->image.records().size();
    for (size_t record = 0; record < records; ++record) {
        const Item &item = *m_top[recordRow(record)];
        const ByteRange range = item.node.range;
        if (item.dissected && ((before && before->changes(range)) || isChanged(item)))
            m_wanted.insert(record);
    }
    dissectNext();
    repaint();
    Q_EMIT headerDataChanged(Qt::Horizontal, Value, After);
}

void FieldsModel::setMask(std::function<bool(ByteRange)> isSecret)
{
    m_isSecret = std::move(isSecret);
    repaint();
}

void FieldsModel::repaint()
{
    if (!m_top.empty())
        Q_EMIT dataChanged(index(0, 0), index(static_cast<int>(m_top.size()) - 1, ColumnCount - 1));
}

bool FieldsModel::isChanged(const Item &item) const
{
    return m_preview && m_preview->changes(item.node.range);
}

bool FieldsModel::isMasked(const Item &item) const
{
    return m_isSecret && item.holdsValue() && (isChanged(item) || m_isSecret(item.node.range));
}

QString FieldsModel::valueText(const Item &item) const
{
    if (isMasked(item))
        return maskedText();
    return QString::fromStdString(item.before.empty() ? item.node.value : item.before);
}

QString FieldsModel::afterText(const Item &item) const
{
    if (!isChanged(item))
        return {};
    if (item.isRecord && !m_preview->after())
        return tr("cannot be read any more");
    return isMasked(item) ? maskedText() : QString::fromStdString(item.after);
}

QString FieldsModel::toolTip(const Item &item) const
{
    const QString meaning = QString::fromStdString(item.node.meaning);
    const QString after = afterText(item);
    if (!after.isEmpty())
        return tr("Before: %1\nAfter: %2").arg(valueText(item), after) +
               (meaning.isEmpty() ? QString() : QLatin1Char('\n') + meaning);
    return meaning.isEmpty() ? valueText(item) : meaning;
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
            const QString value = valueText(*item);
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
    auto made = std::make_shared<ChangedNode>();
    m_job.start(
        [made, image = m_image, preview = m_preview, record](Progress &, std::stop_token) {
            if (preview) {
                if (auto node = preview->record(record)) {
                    *made = std::move(*node);
                    return;
                }
            }
            auto node = Dissector(image->image).record(record);
            if (node) {
                *made = unchanged(std::move(*node));
                return;
            }
            DissectionNode unread;
            unread.name = "unreadable";
            unread.meaning = node.error().describe();
            unread.range = {image->image.records()[record].frameOffset, 1};
            made->children.push_back(unchanged(std::move(unread)));
        },
        [this, made, record, generation = m_generation] {
            if (generation == m_generation)
                take(record, std::move(*made));
            dissectNext();
        });
}

void FieldsModel::take(size_t record, ChangedNode &&made)
{
    m_wanted.erase(record);
    Item &item = *m_top[recordRow(record)];
    if (std::exchange(item.dissected, true)) {
        item.update(std::move(made));
        repaint();
        return;
    }
    auto parsed = Item::make(std::move(made), nullptr, item.row);
    if (parsed->children.empty())
        return;
    beginInsertRows(createIndex(item.row, 0, &item), 0, static_cast<int>(parsed->children.size()) - 1);
    item.children = std::move(parsed->children);
    for (auto &child : item.children)
        child->parent = &item;
    endInsertRows();
}

QVariant FieldsModel::data(const QModelIndex &index, int role) const
{
    const Item *item = itemOf(index);
    if (item == nullptr)
        return {};
    const DissectionNode &node = item->node;
    const bool changed = isChanged(*item);
    if (role == Qt::FontRole &&
        (index.column() == Offset || index.column() == Value || index.column() == After))
        return monospaceFont();
    if (role == Qt::FontRole && changed && index.column() == Name) {
        QFont bold = QApplication::font();
        bold.setBold(true);
        return bold;
    }
    if (role == Qt::ForegroundRole && changed && (index.column() == Name || index.column() == After))
        return themeFor(QApplication::palette()).look(MarkState::Changed).outline;
    if (role == Qt::AccessibleTextRole && changed && index.column() == Name)
        return tr("%1, changed by the redaction").arg(QString::fromStdString(node.name));
    if (role == Qt::ForegroundRole && node.kind == DissectionNode::Kind::Padding)
        return QApplication::palette().color(QPalette::PlaceholderText);
    if (role == Qt::ToolTipRole)
        return toolTip(*item);
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case Name: {
        const bool strange =
            node.kind == DissectionNode::Kind::Unexplained || node.kind == DissectionNode::Kind::UnknownField;
        return (changed ? QStringLiteral("Δ ") : QString()) + (strange ? QStringLiteral("? ") : QString()) +
               QString::fromStdString(node.name);
    }
    case Value:
        return valueText(*item);
    case After:
        return afterText(*item);
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
        return m_preview ? tr("Before") : tr("Value");
    case After:
        return tr("After");
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
