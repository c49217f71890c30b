// SPDX-License-Identifier: Apache-2.0
#include "tests/support/messagebuilder.h"

#include "core/image/message.h"
#include "tests/support/fail.h"
#include "tests/support/testschema.h"

#include <algorithm>

namespace cryoscope::test
{

namespace
{

std::string littleEndian(uint64_t value, size_t width)
{
    std::string text;
    for (size_t i = 0; i < width; ++i)
        text.push_back(static_cast<char>(value >> (8 * i)));
    return text;
}

/// The number as the wire has it: zigzag for the kinds that use it.
uint64_t toWire(Kind kind, uint64_t value)
{
    const auto number = static_cast<int64_t>(value);
    if (kind == Kind::SInt32 || kind == Kind::SInt64)
        return static_cast<uint64_t>(number) << 1 ^ (number < 0 ? ~uint64_t{0} : 0);
    return value;
}

} // namespace

MessageBuilder::MessageBuilder(std::string_view typeName) : m_type(testSchema()->message(typeName))
{
    if (m_type == nullptr)
        fail("no message " + std::string(typeName));
}

std::string MessageBuilder::encodeVarint(uint64_t value)
{
    std::string text;
    for (; value >= 0x80; value >>= 7)
        text.push_back(static_cast<char>((value & 0x7f) | 0x80));
    text.push_back(static_cast<char>(value));
    return text;
}

void MessageBuilder::put(uint32_t number, unsigned wireType, std::string_view value)
{
    m_fields.push_back({number, encodeVarint(uint64_t{number} << 3 | wireType) + std::string(value)});
}

MessageBuilder &MessageBuilder::varint(uint32_t number, uint64_t value)
{
    put(number, 0, encodeVarint(value));
    return *this;
}

MessageBuilder &MessageBuilder::fixed32(uint32_t number, uint32_t value)
{
    put(number, 5, littleEndian(value, 4));
    return *this;
}

MessageBuilder &MessageBuilder::fixed64(uint32_t number, uint64_t value)
{
    put(number, 1, littleEndian(value, 8));
    return *this;
}

MessageBuilder &MessageBuilder::bytes(uint32_t number, std::string_view value)
{
    put(number, 2, encodeVarint(value.size()) + std::string(value));
    return *this;
}

MessageBuilder &MessageBuilder::raw(std::string_view wire)
{
    m_fields.push_back({0, std::string(wire)});
    return *this;
}

const FieldType &MessageBuilder::field(std::string_view name) const
{
    const FieldType *found = m_type != nullptr ? m_type->field(name) : nullptr;
    if (found == nullptr)
        fail("no field " + std::string(name) + " in " +
             (m_type != nullptr ? m_type->name : "a nameless message"));
    return *found;
}

MessageBuilder &MessageBuilder::setNumber(std::string_view name, uint64_t value)
{
    const FieldType &type = field(name);
    switch (wireTypeOf(type.kind)) {
    case WireType::Varint:
        return varint(type.number, toWire(type.kind, value));
    case WireType::Fixed32:
        return fixed32(type.number, static_cast<uint32_t>(value));
    case WireType::Fixed64:
        return fixed64(type.number, value);
    case WireType::Bytes:
        break;
    }
    fail(std::string(name) + " is no number");
}

MessageBuilder &MessageBuilder::set(std::string_view name, std::string_view value)
{
    const FieldType &type = field(name);
    if (type.kind != Kind::String && type.kind != Kind::Bytes)
        fail(std::string(name) + " is no text");
    return bytes(type.number, value);
}

MessageBuilder &MessageBuilder::set(std::string_view name, const MessageBuilder &value)
{
    const FieldType &type = field(name);
    if (type.kind != Kind::Message)
        fail(std::string(name) + " is no message");
    return message(type.number, value);
}

MessageBuilder &MessageBuilder::packed(std::string_view name, const std::vector<uint64_t> &values)
{
    const FieldType &type = field(name);
    std::string all;
    for (const uint64_t value : values) {
        switch (wireTypeOf(type.kind)) {
        case WireType::Varint:
            all += encodeVarint(toWire(type.kind, value));
            break;
        case WireType::Fixed32:
            all += littleEndian(value, 4);
            break;
        case WireType::Fixed64:
            all += littleEndian(value, 8);
            break;
        case WireType::Bytes:
            fail(std::string(name) + " cannot be packed");
        }
    }
    return bytes(type.number, all);
}

MessageBuilder &MessageBuilder::fillRequired()
{
    if (m_type == nullptr)
        fail("a nameless message has no required fields");
    for (const FieldType &type : m_type->fields) {
        if (type.label != Label::Required)
            continue;
        const bool there = std::any_of(m_fields.begin(), m_fields.end(),
                                       [&type](const Field &field) { return field.number == type.number; });
        if (there)
            continue;
        if (type.kind == Kind::Message)
            message(type.number, MessageBuilder(type.message).fillRequired());
        else if (wireTypeOf(type.kind) == WireType::Bytes)
            bytes(type.number, {});
        else if (type.kind == Kind::Enum)
            setNumber(type.name, static_cast<uint64_t>(int64_t{type.enumType->values.front().first}));
        else
            setNumber(type.name, 0);
    }
    std::stable_sort(m_fields.begin(), m_fields.end(),
                     [](const Field &a, const Field &b) { return a.number < b.number; });
    return *this;
}

std::string MessageBuilder::encode() const
{
    std::string all;
    for (const Field &field : m_fields)
        all += field.wire;
    return all;
}

} // namespace cryoscope::test
