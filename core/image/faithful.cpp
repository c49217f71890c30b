// SPDX-License-Identifier: Apache-2.0
#include "core/image/faithful.h"

#include "core/image/critformat.h"
#include "core/image/critparse.h"
#include "core/image/wirewriter.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

bool numberIsFaithful(const Message &message, const WireField &field)
{
    const FieldType &type = *field.type;
    if (field.wire == WireType::Bytes) { // packed
        if (!type.packed || field.value.empty())
            return false;
        // Elements one by one, as they would be written again.
        std::vector<std::byte> again;
        for (const uint64_t value : message.numbers(type.name)) {
            const auto bytes = WireWriter::numberBytes(type.kind, static_cast<int64_t>(value));
            again.insert(again.end(), bytes.begin(), bytes.end());
        }
        const auto stored = message.bytes(field);
        return std::equal(again.begin(), again.end(), stored.begin(), stored.end());
    }
    const uint64_t again = WireWriter::rawNumber(type.kind, signedValue(field));
    return !type.packed && again == field.scalar &&
           (field.wire != WireType::Varint || field.value.length == WireWriter::varintSize(again));
}

bool textIsFaithful(const Message &message, const WireField &field)
{
    if (field.type->conv != "unix_name")
        return true;
    // Line ends are made alike.
    const std::string_view name = asText(message.bytes(field));
    return critUnquote(critQuotedPrintable(name)) == name;
}

} // namespace

bool isFaithful(const Message &message, bool pretty)
{
    uint32_t last = 0;
    size_t repeats = 0; // of `last`
    size_t required = 0;
    for (const WireField &field : message.fields()) {
        const FieldType *type = field.type;
        if (type == nullptr || field.number < last)
            return false;
        const bool again = field.number == last;
        repeats = again ? repeats + 1 : 1;
        if (again && (!type->repeated() || type->packed))
            return false;
        last = field.number;
        if (type->label == Label::Required)
            ++required;
        constexpr size_t addressWords = 4;
        if (pretty && type->ipAddress && repeats > addressWords)
            return false;
        const uint64_t head =
            WireWriter::varintSize(uint64_t{field.number} << 3) +
            (field.wire == WireType::Bytes ? WireWriter::varintSize(field.value.length) : 0);
        if (field.whole.length != head + field.value.length)
            return false;
        const bool faithful = type->kind == Kind::Message
                                  ? field.message && isFaithful(*field.message, pretty)
                              : wireTypeOf(type->kind) == WireType::Bytes ? textIsFaithful(message, field)
                                                                          : numberIsFaithful(message, field);
        if (!faithful)
            return false;
    }
    const auto &fields = message.type().fields;
    const auto needed = std::count_if(fields.begin(), fields.end(),
                                      [](const FieldType &type) { return type.label == Label::Required; });
    return required == static_cast<size_t>(needed);
}

Result<bool> isFaithful(std::span<const PayloadPart> parts, SourceWindow &window)
{
    for (const PayloadPart &part : parts) {
        if (part.kind != PayloadPart::Kind::Padding && part.kind != PayloadPart::Kind::Message)
            continue;
        auto bytes = window.copy(part.range.offset, part.range.length); // short, as the walker made sure
        if (!bytes)
            return bytes.error();
        if (part.kind == PayloadPart::Kind::Padding) {
            if (std::any_of(bytes->begin(), bytes->end(),
                            [](std::byte byte) { return byte != std::byte{0}; }))
                return false;
            continue;
        }
        const auto message =
            Message::parse(part.type, std::move(*bytes), part.range.offset, window.source().name());
        if (!message)
            return message.error();
        if (!isFaithful(*message, false))
            return false;
    }
    return true;
}

} // namespace cryoscope
