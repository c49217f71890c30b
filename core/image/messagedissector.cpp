// SPDX-License-Identifier: Apache-2.0
#include "core/image/messagedissector.h"

#include "core/image/critformat.h"
#include "core/image/fieldwords.h"
#include "core/image/jsonwriter.h"

#include <algorithm>
#include <unordered_map>

namespace cryoscope
{

namespace
{

using NodeKind = DissectionNode::Kind;

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

std::string wireName(WireType wire)
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

/// Bytes of the varint at `offset` of the file.
uint64_t varintLength(const Message &message, uint64_t offset)
{
    const auto bytes = message.allBytes().subspan(static_cast<size_t>(offset - message.range().offset));
    uint64_t length = 1;
    while (length < bytes.size() && (std::to_integer<unsigned>(bytes[length - 1]) & 0x80) != 0)
        ++length;
    return length;
}

void addWords(std::string &meaning, const std::string &words)
{
    if (words.empty())
        return;
    meaning = meaning.empty() ? words : words + ". " + meaning;
}

} // namespace

std::string escapedText(std::span<const std::byte> bytes, size_t limit)
{
    const bool cut = bytes.size() > limit;
    bytes = bytes.first(std::min(bytes.size(), limit));
    std::string text;
    JsonWriter writer([&text](std::string_view piece) { text += piece; }, false);
    writer.string({reinterpret_cast<const char *>(bytes.data()), bytes.size()});
    writer.flush();
    text = text.substr(1, text.size() - 2);
    return cut ? text + "…" : text;
}

void MessageDissector::fields(const Message &message, bool hex)
{
    m_messages.push_back(&message);
    std::unordered_map<const FieldType *, size_t> seen; // of repeated fields
    for (const WireField &each : message.fields()) {
        if (m_sink.beyond(each.whole.offset))
            break;
        const size_t ordinal = each.type != nullptr && each.type->repeated() ? seen[each.type]++ : 0;
        if (m_sink.wants(each.whole))
            field(each, ordinal, hex);
    }
    m_messages.pop_back();
}

void MessageDissector::explain(const WireField &field, size_t ordinal, uint64_t number,
                               DissectionNode &node) const
{
    const FieldType &type = *field.type;
    if (wireTypeOf(type.kind) != WireType::Bytes)
        addWords(node.meaning, fieldWords(message().type(), type, number, ordinal));
    addWords(node.meaning, ordinalWords(message().type(), type, ordinal));
    if (m_explainer != nullptr)
        m_explainer->explain({m_record, m_messages, &field, ordinal, number}, node);
}

void MessageDissector::field(const WireField &field, size_t ordinal, bool hex)
{
    const FieldType *type = field.type;
    DissectionNode node;
    if (type != nullptr) {
        node = makeNode(NodeKind::Field, type->name, field.whole, type->documentation);
        const bool packed = wireTypeOf(type->kind) != WireType::Bytes && field.wire == WireType::Bytes;
        node.value = type->kind == Kind::Message
                         ? (field.message ? field.message->type().name : std::string())
                         : valueText(field, hex || type->hex);
        if (!packed)
            explain(field, ordinal,
                    type->kind == Kind::Message ? 0 : static_cast<uint64_t>(signedValue(field)), node);
    } else {
        node = makeNode(NodeKind::UnknownField, "field " + std::to_string(field.number), field.whole,
                        message().type().field(field.number) != nullptr
                            ? "is written in another way than " + message().type().name + " says"
                            : "is not in the schema of " + message().type().name);
        node.value = valueText(field, hex);
    }
    if (!m_sink.enter(node))
        return;
    const uint64_t tagLength = varintLength(message(), field.whole.offset);
    m_sink.leaf(makeNode(NodeKind::Tag, "tag", {field.whole.offset, tagLength},
                         "Field number and how the value is written.",
                         std::to_string(field.number) + ", " + wireName(field.wire)));
    const uint64_t lengthAt = field.whole.offset + tagLength;
    if (field.value.offset > lengthAt)
        m_sink.leaf(makeNode(NodeKind::Length, "length", {lengthAt, field.value.offset - lengthAt},
                             "Bytes of the value.", std::to_string(field.value.length)));
    value(field, hex, node);
    m_sink.leave();
}

void MessageDissector::value(const WireField &field, bool hex, const DissectionNode &parent)
{
    const FieldType *type = field.type;
    if (field.value.empty())
        return;
    if (type != nullptr && type->kind == Kind::Message) {
        if (field.message)
            fields(*field.message, hex || type->hex);
        else
            m_sink.leaf(
                makeNode(NodeKind::Unexplained, "value", field.value,
                         message().problem() != nullptr ? message().problem()->describe() : "is no message"));
        return;
    }
    if (type != nullptr && wireTypeOf(type->kind) != WireType::Bytes && field.wire == WireType::Bytes) {
        packedValues(field, hex || type->hex);
        return;
    }
    if (type != nullptr && type->kind == Kind::Bytes && !bytesLayout(message().type(), *type).empty()) {
        textParts(field, parent);
        return;
    }
    m_sink.leaf(makeNode(NodeKind::Value, "value", field.value, {}, parent.value));
}

void MessageDissector::packedValues(const WireField &field, bool hex)
{
    const Kind kind = field.type->kind;
    const auto bytes = message().bytes(field);
    const WireType wire = wireTypeOf(kind);
    uint64_t number = 0;
    for (size_t at = 0; at < bytes.size(); ++number) {
        const uint64_t offset = field.value.offset + at;
        const size_t length = wire == WireType::Varint ? static_cast<size_t>(varintLength(message(), offset))
                                                       : (wire == WireType::Fixed64 ? 8 : 4);
        uint64_t raw = 0;
        for (size_t i = 0; i < length; ++i) {
            const auto byte = std::to_integer<uint64_t>(bytes[at + i]);
            raw |= wire == WireType::Varint ? (byte & 0x7f) << (7 * i) : byte << (8 * i);
        }
        const auto value = static_cast<uint64_t>(signedValue(kind, raw));
        DissectionNode node = makeNode(NodeKind::Value, "element " + std::to_string(number), {offset, length},
                                       {}, numberText(*field.type, value, hex));
        explain(field, static_cast<size_t>(number), value, node);
        m_sink.leaf(node);
        at += length;
    }
}

/// Bytes whose layout is known.
void MessageDissector::textParts(const WireField &field, const DissectionNode &parent)
{
    if (!m_sink.enter(makeNode(NodeKind::Value, "value", field.value, {}, parent.value)))
        return;
    const auto bytes = message().bytes(field);
    const auto layout = bytesLayout(message().type(), *field.type);
    uint64_t stride = 0;
    for (const BytesPart &part : layout)
        stride += part.width;
    const bool repeats = layout.front().repeats;
    for (size_t at = 0, round = 0; at < bytes.size(); ++round) {
        if (bytes.size() - at < stride || (round > 0 && !repeats)) {
            m_sink.leaf(makeNode(NodeKind::Value, "rest", {field.value.offset + at, bytes.size() - at},
                                 "What depends on the parts before.",
                                 countText(bytes.size() - at, "byte", "bytes")));
            break;
        }
        for (const BytesPart &part : layout) {
            const auto number = loadInteger(bytes.subspan(at, part.width), m_order);
            std::string name(part.name);
            if (repeats)
                name = std::to_string(round) + " " + name;
            m_sink.leaf(makeNode(NodeKind::Value, std::move(name), {field.value.offset + at, part.width},
                                 bytesPartWords(part, number),
                                 part.isSigned ? std::to_string(static_cast<int32_t>(number))
                                               : std::to_string(number)));
            at += part.width;
        }
    }
    m_sink.leave();
}

std::string MessageDissector::valueText(const WireField &field, bool hex) const
{
    const FieldType *type = field.type;
    if (type == nullptr)
        return field.wire == WireType::Bytes ? countText(field.value.length, "byte", "bytes")
                                             : std::to_string(field.scalar);
    if (wireTypeOf(type->kind) != WireType::Bytes) {
        if (field.wire == WireType::Bytes)
            return "packed numbers, " + countText(field.value.length, "byte", "bytes");
        const auto value = static_cast<uint64_t>(signedValue(field));
        if (type->ipAddress && message().findAll(type->name).size() == 1) {
            const std::vector<uint64_t> word{value};
            if (const auto address = critAddress(word, m_order))
                return *address;
        }
        return numberText(*type, value, hex);
    }
    const std::span<const std::byte> bytes = message().bytes(field);
    if (type->kind == Kind::String || type->conv == "unix_name")
        return escapedText(bytes);
    return countText(bytes.size(), "byte", "bytes");
}

} // namespace cryoscope
