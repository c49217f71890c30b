// SPDX-License-Identifier: Apache-2.0
#include "tests/support/wiretree.h"

#include "core/base/hash.h"
#include "tests/support/fail.h"
#include "tests/support/imagebuilder.h"
#include "tests/support/messagebuilder.h"

namespace cryoscope::test
{

namespace
{
constexpr size_t none = SIZE_MAX;
}

WireTree::WireTree(const Message &message) : m_fields(take(message, message.type().name)) {}

std::vector<WireTree::Field> WireTree::take(const Message &message, const std::string &name)
{
    std::vector<Field> fields;
    for (const WireField &from : message.fields()) {
        Field field;
        field.name = name + "." + (from.type != nullptr ? from.type->name : std::to_string(from.number));
        field.number = from.number;
        field.wire = from.wire;
        field.scalar = from.scalar;
        field.nested = from.message != nullptr;
        if (from.message)
            field.fields = take(*from.message, field.name);
        else if (from.wire == WireType::Bytes)
            field.bytes = asText(message.bytes(from));
        fields.push_back(std::move(field));
    }
    return fields;
}

const WireTree::Field *WireTree::at(const std::vector<Field> &fields, size_t &index)
{
    for (const Field &field : fields) {
        if (index-- == 0)
            return &field;
        if (const Field *found = at(field.fields, index))
            return found;
    }
    return nullptr;
}

size_t WireTree::count() const
{
    size_t number = 0;
    const std::function<void(const std::vector<Field> &)> walk = [&](const std::vector<Field> &fields) {
        number += fields.size();
        for (const Field &field : fields)
            walk(field.fields);
    };
    walk(m_fields);
    return number;
}

std::string WireTree::name(size_t index) const
{
    const Field *field = at(m_fields, index);
    if (field == nullptr)
        fail("no such field");
    return field->name;
}

bool WireTree::isNumber(size_t index) const
{
    const Field *field = at(m_fields, index);
    return field != nullptr && field->wire != WireType::Bytes;
}

std::string WireTree::writeOne(const Field &field, std::string value, const Wrong *wrong)
{
    uint64_t type = static_cast<uint64_t>(field.wire);
    uint64_t number = field.number;
    uint64_t scalar = field.scalar;
    uint64_t length = value.size();
    if (wrong != nullptr) {
        switch (wrong->what) {
        case Wrong::What::Missing:
            return {};
        case Wrong::What::Number:
            scalar = wrong->value;
            break;
        case Wrong::What::Length:
            length = wrong->value;
            break;
        case Wrong::What::Type:
            type = wrong->value;
            break;
        case Wrong::What::Id:
            number = wrong->value;
            break;
        case Wrong::What::Twice:
            break;
        }
    }
    std::string out = MessageBuilder::encodeVarint(number << 3 | type);
    switch (field.wire) {
    case WireType::Varint:
        out += MessageBuilder::encodeVarint(scalar);
        break;
    case WireType::Fixed64:
        out += test::number(scalar, 8);
        break;
    case WireType::Fixed32:
        out += test::number(scalar, 4);
        break;
    case WireType::Bytes:
        out += MessageBuilder::encodeVarint(length) + value;
        break;
    }
    return wrong != nullptr && wrong->what == Wrong::What::Twice ? out + out : out;
}

std::string WireTree::write(const std::vector<Field> &fields, size_t &index, size_t wrongIndex,
                            const Wrong *wrong)
{
    std::string out;
    for (const Field &field : fields) {
        const bool here = index++ == wrongIndex;
        std::string value = field.nested ? write(field.fields, index, wrongIndex, wrong) : field.bytes;
        out += writeOne(field, std::move(value), here ? wrong : nullptr);
    }
    return out;
}

std::string WireTree::encode(size_t index, const Wrong &wrong) const
{
    size_t at = 0;
    return write(m_fields, at, index, &wrong);
}

std::string WireTree::encode() const
{
    size_t at = 0;
    return write(m_fields, at, none, nullptr);
}

} // namespace cryoscope::test
