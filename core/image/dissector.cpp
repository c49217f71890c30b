// SPDX-License-Identifier: Apache-2.0
#include "core/image/dissector.h"

#include "core/image/critformat.h"
#include "core/image/jsonwriter.h"
#include "core/image/payload.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

using NodeKind = DissectionNode::Kind;

constexpr uint64_t wordSize = 4; // bytes of magics and frames

DissectionNode node(NodeKind kind, std::string name, ByteRange range, std::string meaning = {},
                    std::string value = {})
{
    return {kind, std::move(name), std::move(value), std::move(meaning), range, {}};
}

/// Text as JSON has it, without the quotation marks.
std::string escapedText(std::span<const std::byte> bytes)
{
    std::string text;
    JsonWriter writer([&text](std::string_view piece) { text += piece; }, false);
    writer.string({reinterpret_cast<const char *>(bytes.data()), bytes.size()});
    writer.flush();
    return text.substr(1, text.size() - 2);
}

std::string numberText(const FieldType &type, uint64_t value, bool hex)
{
    if (type.kind == Kind::Bool)
        return value != 0 ? "true" : "false";
    if (type.kind == Kind::Enum) {
        const auto number = static_cast<int32_t>(static_cast<int64_t>(value));
        const std::string_view name = type.enumType->nameOf(number);
        return name.empty() ? std::to_string(number)
                            : std::string(name) + " (" + std::to_string(number) + ")";
    }
    if (auto spelling = critSpelling(type, value, hex))
        return *spelling;
    return isSignedKind(type.kind) ? std::to_string(static_cast<int64_t>(value)) : std::to_string(value);
}

std::string countText(uint64_t count, const char *one, const char *many)
{
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

/// Builds the nodes of messages.
class MessageDissector
{
public:
    explicit MessageDissector(ByteOrder order) : m_order(order) {}

    [[nodiscard]] std::vector<DissectionNode> fields(const Message &message, bool hex) const
    {
        std::vector<DissectionNode> nodes;
        nodes.reserve(message.fields().size());
        for (const WireField &field : message.fields())
            nodes.push_back(fieldNode(message, field, hex));
        return nodes;
    }

private:
    /// Bytes of the varint at `offset` of the file.
    static uint64_t varintLength(const Message &message, uint64_t offset)
    {
        const auto bytes = message.allBytes().subspan(static_cast<size_t>(offset - message.range().offset));
        uint64_t length = 1;
        while (length < bytes.size() && (std::to_integer<unsigned>(bytes[length - 1]) & 0x80) != 0)
            ++length;
        return length;
    }

    [[nodiscard]] DissectionNode fieldNode(const Message &message, const WireField &field, bool hex) const
    {
        const bool known = field.type != nullptr;
        DissectionNode result =
            known ? node(NodeKind::Field, field.type->name, field.whole, field.type->documentation)
                  : node(NodeKind::UnknownField, "field " + std::to_string(field.number), field.whole,
                         message.type().field(field.number) != nullptr
                             ? "is written in another way than " + message.type().name + " says"
                             : "is not in the schema of " + message.type().name);
        const uint64_t tagLength = varintLength(message, field.whole.offset);
        result.children.push_back(node(NodeKind::Tag, "tag", {field.whole.offset, tagLength},
                                       "Field number and how the value is written.",
                                       std::to_string(field.number) + ", " + wireName(field.wire)));
        const uint64_t lengthAt = field.whole.offset + tagLength;
        if (field.value.offset > lengthAt)
            result.children.push_back(node(NodeKind::Length, "length",
                                           {lengthAt, field.value.offset - lengthAt}, "Bytes of the value.",
                                           std::to_string(field.value.length)));
        addValue(message, field, hex, result);
        return result;
    }

    void addValue(const Message &message, const WireField &field, bool hex, DissectionNode &result) const
    {
        const FieldType *type = field.type;
        if (type != nullptr && type->kind == Kind::Message) {
            if (field.message) {
                result.value = field.message->type().name;
                auto inner = fields(*field.message, hex || type->hex);
                std::move(inner.begin(), inner.end(), std::back_inserter(result.children));
            } else if (!field.value.empty()) {
                result.children.push_back(
                    node(NodeKind::Unexplained, "value", field.value,
                         message.problem() != nullptr ? message.problem()->describe() : "is no message"));
            }
            return;
        }
        result.value = valueText(message, field, hex);
        if (!field.value.empty())
            result.children.push_back(node(NodeKind::Value, "value", field.value, {}, result.value));
    }

    [[nodiscard]] std::string valueText(const Message &message, const WireField &field, bool hex) const
    {
        const FieldType *type = field.type;
        if (type == nullptr)
            return field.wire == WireType::Bytes ? countText(field.value.length, "byte", "bytes")
                                                 : std::to_string(field.scalar);
        if (wireTypeOf(type->kind) != WireType::Bytes) {
            if (field.wire == WireType::Bytes)
                return "packed numbers, " + countText(field.value.length, "byte", "bytes");
            const auto value = static_cast<uint64_t>(signedValue(field));
            if (type->ipAddress && message.findAll(type->name).size() == 1) {
                const std::vector<uint64_t> word{value};
                if (const auto address = critAddress(word, m_order))
                    return *address;
            }
            return numberText(*type, value, hex);
        }
        const std::span<const std::byte> bytes = message.bytes(field);
        if (type->kind == Kind::String || type->conv == "unix_name")
            return escapedText(bytes);
        return countText(bytes.size(), "byte", "bytes");
    }

    static std::string wireName(WireType wire)
    {
        switch (wire) {
        case WireType::Varint:
            return "varint";
        case WireType::Fixed64:
            return "8 bytes";
        case WireType::Bytes:
            return "length and bytes";
        case WireType::Fixed32:
            return "4 bytes";
        }
        return {};
    }

    ByteOrder m_order;
};

void visitNode(const DissectionNode &at, unsigned depth,
               const std::function<void(const DissectionNode &, unsigned)> &visitor)
{
    visitor(at, depth);
    for (const DissectionNode &child : at.children)
        visitNode(child, depth + 1, visitor);
}

std::string hexWord(uint64_t value)
{
    return critHex(static_cast<int64_t>(value), false);
}

DissectionNode partNode(const PayloadPart &part)
{
    switch (part.kind) {
    case PayloadPart::Kind::Frame:
        return node(NodeKind::Frame, std::string(part.name), part.range,
                    "Bytes of the message that follows.");
    case PayloadPart::Kind::Padding:
        return node(NodeKind::Padding, std::string(part.name), part.range,
                    "Fills up to the next aligned offset.");
    case PayloadPart::Kind::Message:
        return node(NodeKind::Message, std::string(part.name), part.range, part.type->documentation,
                    part.type->name);
    case PayloadPart::Kind::Values:
        return node(NodeKind::Data, std::string(part.name), part.range, "16-bit values.",
                    countText(part.range.length / 2, "value", "values"));
    case PayloadPart::Kind::Data:
        break;
    }
    return node(NodeKind::Data, std::string(part.name), part.range,
                "Content as a program or the kernel held it.", countText(part.range.length, "byte", "bytes"));
}

} // namespace

std::string_view dissectionKindName(DissectionNode::Kind kind)
{
    switch (kind) {
    case NodeKind::Magic:
        return "magic";
    case NodeKind::Record:
        return "record";
    case NodeKind::Frame:
        return "frame";
    case NodeKind::Message:
        return "message";
    case NodeKind::Field:
        return "field";
    case NodeKind::UnknownField:
        return "unknown field";
    case NodeKind::Tag:
        return "tag";
    case NodeKind::Length:
        return "length";
    case NodeKind::Value:
        return "value";
    case NodeKind::Payload:
        return "payload";
    case NodeKind::Data:
        return "data";
    case NodeKind::Padding:
        return "padding";
    case NodeKind::Unexplained:
        return "unexplained";
    }
    return {};
}

std::vector<DissectionNode> Dissector::head() const
{
    std::vector<DissectionNode> nodes;
    const char *order = m_image.byteOrder() == ByteOrder::Little ? ", little-endian" : ", big-endian";
    if (const auto magic = m_image.headMagic())
        nodes.push_back(node(NodeKind::Magic, "head magic", {0, wordSize},
                             *magic == serviceMagic ? "Marks a file that CRIU keeps for itself."
                                                    : "Marks an image of version 1.1 or later.",
                             hexWord(*magic) + order));
    nodes.push_back(node(NodeKind::Magic, "type magic", {nodes.size() * wordSize, wordSize},
                         "Tells the type of the image; its byte order is that of all sizes.",
                         std::string(m_image.type().name) + " " + hexWord(m_image.type().magic) + order));
    return nodes;
}

Result<DissectionNode> Dissector::record(size_t index) const
{
    const Record &record = m_image.records().at(index);
    DissectionNode result = node(NodeKind::Record, "record " + std::to_string(index),
                                 {record.frameOffset, record.payload.end() - record.frameOffset},
                                 record.type->documentation, record.type->name);
    result.children.push_back(node(NodeKind::Frame, "size", {record.frameOffset, wordSize},
                                   "Bytes of the message that follows.",
                                   std::to_string(record.message.length)));

    const MessageDissector dissector(m_image.byteOrder());
    const auto message = m_image.message(record);
    if (!message && message.error().code == ErrorCode::InputUnreadable)
        return message.error();
    if (!message) {
        result.children.push_back(node(NodeKind::Unexplained, "message", record.message,
                                       message.error().describe(), record.type->name));
    } else if (!record.message.empty()) {
        DissectionNode body =
            node(NodeKind::Message, "message", record.message, record.type->documentation, record.type->name);
        body.children = dissector.fields(*message, false);
        result.children.push_back(std::move(body));
    }
    if (record.payload.empty())
        return result;

    DissectionNode payload = node(NodeKind::Payload, "payload", record.payload, "What follows the message.",
                                  countText(record.payload.length, "byte", "bytes"));
    const auto parts = payloadParts(m_image, record);
    if (!parts)
        return parts.error();
    for (const PayloadPart &part : *parts) {
        if (part.range.empty())
            continue;
        DissectionNode child = partNode(part);
        if (part.kind == PayloadPart::Kind::Message) {
            const auto inner = m_image.message({part.type, part.range.offset, part.range, {}});
            if (!inner)
                return inner.error();
            child.children = dissector.fields(*inner, false);
        }
        payload.children.push_back(std::move(child));
    }
    result.children.push_back(std::move(payload));
    return result;
}

DissectionNode Dissector::rest() const
{
    const uint64_t begin =
        m_image.records().empty() ? head().back().range.end() : m_image.records().back().payload.end();
    const uint64_t size = m_image.source()->size();
    return node(NodeKind::Unexplained, "rest", {begin, size - begin},
                m_image.problem() ? m_image.problem()->describe() : std::string());
}

Result<std::vector<DissectionNode>> Dissector::pathAt(uint64_t offset) const
{
    std::vector<DissectionNode> path;
    if (offset >= m_image.source()->size())
        return Error{ErrorCode::NotFound, "there is no such byte", m_image.source()->name(), offset};
    for (DissectionNode &magic : head()) {
        if (magic.range.contains(offset)) {
            path.push_back(std::move(magic));
            return path;
        }
    }
    const auto &records = m_image.records();
    const auto after =
        std::upper_bound(records.begin(), records.end(), offset,
                         [](uint64_t wanted, const Record &record) { return wanted < record.frameOffset; });
    if (after == records.begin() || std::prev(after)->payload.end() <= offset) {
        path.push_back(rest());
        return path;
    }
    auto top = record(static_cast<size_t>(after - records.begin()) - 1);
    if (!top)
        return top.error();
    std::vector<DissectionNode> level;
    level.push_back(std::move(*top));
    for (;;) {
        const auto found =
            std::find_if(level.begin(), level.end(), [offset](const DissectionNode &candidate) {
                return candidate.range.contains(offset);
            });
        if (found == level.end())
            return path;
        std::vector<DissectionNode> children = std::move(found->children);
        found->children.clear();
        path.push_back(std::move(*found));
        level = std::move(children);
    }
}

Result<void> Dissector::visit(const std::function<void(const DissectionNode &, unsigned)> &visitor) const
{
    for (const DissectionNode &magic : head())
        visitor(magic, 0);
    for (size_t i = 0; i < m_image.records().size(); ++i) {
        const auto top = record(i);
        if (!top)
            return top.error();
        visitNode(*top, 0, visitor);
    }
    if (const DissectionNode tail = rest(); !tail.range.empty())
        visitor(tail, 0);
    return {};
}

Result<Coverage> Dissector::coverage() const
{
    Coverage result;
    result.size = m_image.source()->size();
    uint64_t unknown = 0;
    uint64_t unknownEnd = 0; // what lies within an unknown field is counted with it
    const auto done = visit([&](const DissectionNode &at, unsigned) {
        const bool isUnknown = at.kind == NodeKind::UnknownField || at.kind == NodeKind::Unexplained;
        if (!isUnknown || at.range.end() <= unknownEnd)
            return;
        unknownEnd = at.range.end();
        unknown += at.range.length;
        if (result.unknown.size() < Coverage::maxListed)
            result.unknown.push_back(node(at.kind, at.name, at.range, at.meaning, at.value));
        else
            ++result.unlisted;
    });
    if (!done)
        return done.error();
    result.explained = result.size - unknown;
    return result;
}

} // namespace cryoscope
