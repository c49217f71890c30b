// SPDX-License-Identifier: Apache-2.0
#include "core/image/message.h"

#include "core/base/checked.h"

#include <cassert>
#include <cstring>

namespace cryoscope
{

namespace
{

constexpr unsigned maxVarintBytes = 10; // of a 64-bit number, 7 bits a byte

bool isPackable(const FieldType &type)
{
    return type.repeated() && wireTypeOf(type.kind) != WireType::Bytes;
}

uint64_t littleEndian(std::span<const std::byte> bytes)
{
    uint64_t value = 0;
    for (size_t i = bytes.size(); i-- > 0;)
        value = value << 8 | std::to_integer<uint64_t>(bytes[i]);
    return value;
}

/// The varint at the start of `bytes`, and how long it is; length 0 if it is cut off or longer than any
/// number.
struct Varint {
    uint64_t value = 0;
    unsigned length = 0;
};

Varint readVarint(std::span<const std::byte> bytes)
{
    Varint result;
    for (unsigned i = 0; i < maxVarintBytes && i < bytes.size(); ++i) {
        const auto byte = std::to_integer<uint64_t>(bytes[i]);
        result.value |= (byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            result.length = i + 1;
            return result;
        }
    }
    return {};
}

/// Calls `take(raw, at, length)` for each number of a packed field; false (and where) if they do not fill it
/// exactly.
template <class Take>
bool forEachPacked(Kind kind, std::span<const std::byte> bytes, size_t *badAt, Take take)
{
    const WireType wire = wireTypeOf(kind);
    for (size_t at = 0; at < bytes.size();) {
        uint64_t raw = 0;
        size_t length = 0;
        if (wire == WireType::Varint) {
            const Varint varint = readVarint(bytes.subspan(at));
            raw = varint.value;
            length = varint.length;
        } else {
            const size_t width = wire == WireType::Fixed64 ? 8 : 4;
            if (bytes.size() - at >= width) {
                raw = littleEndian(bytes.subspan(at, width));
                length = width;
            }
        }
        if (length == 0) {
            *badAt = at;
            return false;
        }
        take(raw, at, length);
        at += length;
    }
    return true;
}

/// How many fields the wire holds up to its end or up to what is wrong with it.
size_t fieldCount(std::span<const std::byte> bytes)
{
    size_t count = 0;
    for (size_t at = 0; at < bytes.size(); ++count) {
        const Varint tag = readVarint(bytes.subspan(at));
        at += tag.length;
        uint64_t skip = 0;
        switch (tag.length == 0 ? 7 : tag.value & 7) {
        case 0:
            skip = readVarint(bytes.subspan(at)).length;
            break;
        case 1:
            skip = 8;
            break;
        case 2: {
            const Varint length = readVarint(bytes.subspan(at));
            at += length.length;
            skip = length.value;
            break;
        }
        case 5:
            skip = 4;
            break;
        default:
            return count;
        }
        if (skip > bytes.size() - at)
            return count;
        at += static_cast<size_t>(skip);
    }
    return count;
}

} // namespace

WireType wireTypeOf(Kind kind)
{
    switch (kind) {
    case Kind::Fixed32:
    case Kind::SFixed32:
    case Kind::Float:
        return WireType::Fixed32;
    case Kind::Fixed64:
    case Kind::SFixed64:
    case Kind::Double:
        return WireType::Fixed64;
    case Kind::String:
    case Kind::Bytes:
    case Kind::Message:
        return WireType::Bytes;
    default:
        return WireType::Varint;
    }
}

int64_t signedValue(Kind kind, uint64_t raw)
{
    switch (kind) {
    case Kind::Bool:
        return raw != 0;
    case Kind::Int32:
    case Kind::SFixed32:
    case Kind::Enum:
        return static_cast<int32_t>(static_cast<uint32_t>(raw));
    case Kind::UInt32:
    case Kind::Fixed32:
        return static_cast<uint32_t>(raw);
    case Kind::SInt32: {
        const auto zigzag = static_cast<uint32_t>(raw);
        return static_cast<int32_t>(zigzag >> 1 ^ (0U - (zigzag & 1)));
    }
    case Kind::SInt64:
        return static_cast<int64_t>(raw >> 1 ^ (uint64_t{0} - (raw & 1)));
    default:
        return static_cast<int64_t>(raw);
    }
}

int64_t signedValue(const WireField &field)
{
    return field.type != nullptr ? signedValue(field.type->kind, field.scalar)
                                 : static_cast<int64_t>(field.scalar);
}

/// Parses one message and those in it; they share the bytes.
class MessageParser
{
public:
    MessageParser(std::shared_ptr<const std::vector<std::byte>> storage, uint64_t storageOffset,
                  std::string file, Nested nested = Nested::Parse)
        : m_storage(std::move(storage)), m_storageOffset(storageOffset), m_file(std::move(file)),
          m_nested(nested)
    {
    }

    /// `begin` and `end` are positions in the storage.
    Result<Message> parse(const MessageType *type, size_t begin, size_t end, unsigned depth)
    {
        Message message;
        message.m_type = type;
        message.m_range = {m_storageOffset + begin, end - begin};
        message.m_storage = m_storage;
        message.m_storageOffset = m_storageOffset;
        message.m_fields.reserve(fieldCount(between(begin, end))); // growing would take twice as much
        for (size_t at = begin; at < end;) {
            auto field = parseField(*type, at, end);
            if (!field)
                return field.error();
            at = static_cast<size_t>(field->whole.end() - m_storageOffset);
            if (m_nested == Nested::Parse && field->type != nullptr && field->type->kind == Kind::Message) {
                if (depth + 1 >= Message::maxDepth) {
                    m_tooDeep = true;
                    return malformed(static_cast<size_t>(field->value.offset - m_storageOffset),
                                     "messages nested deeper than " + std::to_string(Message::maxDepth));
                }
                if (auto failed = parseNested(*field, depth)) {
                    if (m_tooDeep)
                        return *failed;
                    if (!message.m_problem)
                        message.m_problem = std::make_shared<const Error>(std::move(*failed));
                } else if (!message.m_problem) {
                    message.m_problem = field->message->m_problem;
                }
            }
            message.m_fields.push_back(std::move(*field));
        }
        return message;
    }

private:
    [[nodiscard]] std::span<const std::byte> between(size_t begin, size_t end) const
    {
        return std::span(*m_storage).subspan(begin, end - begin);
    }

    [[nodiscard]] Error malformed(size_t at, std::string what) const
    {
        return {ErrorCode::InputMalformed, std::move(what), m_file, m_storageOffset + at};
    }

    std::optional<Error> parseNested(WireField &field, unsigned depth)
    {
        auto nested = parse(field.type->message, static_cast<size_t>(field.value.offset - m_storageOffset),
                            static_cast<size_t>(field.value.end() - m_storageOffset), depth + 1);
        if (!nested)
            return nested.error();
        field.message = std::make_shared<const Message>(std::move(*nested));
        return std::nullopt;
    }

    Result<WireField> parseField(const MessageType &message, size_t begin, size_t end)
    {
        const Varint tag = readVarint(between(begin, end));
        if (tag.length == 0)
            return malformed(begin, "a field's tag is cut off or too long");
        const uint64_t number = tag.value >> 3;
        if (tag.value > UINT32_MAX || number == 0)
            return malformed(begin, "a field's number is out of range");
        const auto wire = static_cast<unsigned>(tag.value & 7);
        const size_t valueAt = begin + tag.length;

        WireField field;
        field.number = static_cast<uint32_t>(number);
        size_t value = valueAt; // where the value begins
        size_t length = 0;      // of the value
        switch (wire) {
        case 0: {
            const Varint varint = readVarint(between(valueAt, end));
            if (varint.length == 0)
                return malformed(valueAt,
                                 describe(message, field.number) + ": number is cut off or too long");
            field.wire = WireType::Varint;
            field.scalar = varint.value;
            length = varint.length;
            break;
        }
        case 1:
        case 5:
            field.wire = wire == 1 ? WireType::Fixed64 : WireType::Fixed32;
            length = wire == 1 ? 8 : 4;
            if (end - valueAt < length)
                return malformed(valueAt, describe(message, field.number) + ": number is cut off");
            field.scalar = littleEndian(between(valueAt, valueAt + length));
            break;
        case 2: {
            const Varint size = readVarint(between(valueAt, end));
            if (size.length == 0)
                return malformed(valueAt,
                                 describe(message, field.number) + ": length is cut off or too long");
            field.wire = WireType::Bytes;
            value = valueAt + size.length;
            if (size.value > end - value)
                return malformed(valueAt, describe(message, field.number) + ": length " +
                                              std::to_string(size.value) +
                                              " reaches beyond the end of the message");
            length = static_cast<size_t>(size.value);
            break;
        }
        default:
            return malformed(begin, describe(message, field.number) + ": wire type " + std::to_string(wire) +
                                        " does not exist in images");
        }
        field.value = {m_storageOffset + value, length};
        field.whole = {m_storageOffset + begin, value + length - begin};

        const FieldType *type = message.field(field.number);
        if (type != nullptr && wireTypeOf(type->kind) == field.wire) {
            field.type = type;
        } else if (type != nullptr && field.wire == WireType::Bytes && isPackable(*type)) {
            size_t badAt = 0;
            if (!forEachPacked(type->kind, between(value, value + length), &badAt,
                               [](uint64_t, size_t, size_t) {}))
                return malformed(value + badAt, describe(message, field.number) +
                                                    ": a packed number is cut off or too long");
            field.type = type;
        }
        return field;
    }

    static std::string describe(const MessageType &message, uint32_t number)
    {
        const FieldType *type = message.field(number);
        return message.name + "." + (type != nullptr ? type->name : "field " + std::to_string(number));
    }

    std::shared_ptr<const std::vector<std::byte>> m_storage;
    uint64_t m_storageOffset;
    std::string m_file;
    Nested m_nested;
    bool m_tooDeep =
        false; ///< what is nested too deeply fails as a whole, so that depth is bounded for all readers
};

Result<Message> Message::parse(const MessageType *type, std::vector<std::byte> bytes, uint64_t offset,
                               const std::string &file, Nested nested)
{
    assert(type != nullptr);
    if (!checkedAdd(offset, bytes.size()))
        return Error{ErrorCode::InputMalformed, "the message ends beyond all offsets", file, offset};
    const size_t size = bytes.size();
    auto storage = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
    return MessageParser(std::move(storage), offset, file, nested).parse(type, 0, size, 0);
}

Result<Message> Message::nested(const WireField &field, const std::string &file) const
{
    assert(field.type != nullptr && field.type->kind == Kind::Message);
    return MessageParser(m_storage, m_storageOffset, file)
        .parse(field.type->message, static_cast<size_t>(field.value.offset - m_storageOffset),
               static_cast<size_t>(field.value.end() - m_storageOffset), 1);
}

std::span<const std::byte> Message::allBytes() const
{
    return std::span(*m_storage)
        .subspan(static_cast<size_t>(m_range.offset - m_storageOffset), static_cast<size_t>(m_range.length));
}

std::span<const std::byte> Message::bytes(const WireField &field) const
{
    return std::span(*m_storage)
        .subspan(static_cast<size_t>(field.value.offset - m_storageOffset),
                 static_cast<size_t>(field.value.length));
}

const WireField *Message::find(std::string_view name) const
{
    const FieldType *type = m_type->field(name);
    assert(type != nullptr && "no such field in the schema");
    if (type == nullptr)
        return nullptr;
    for (size_t i = m_fields.size(); i-- > 0;) {
        if (m_fields[i].type == type)
            return &m_fields[i];
    }
    return nullptr;
}

std::vector<const WireField *> Message::findAll(std::string_view name) const
{
    const FieldType *type = m_type->field(name);
    assert(type != nullptr && "no such field in the schema");
    std::vector<const WireField *> found;
    for (const WireField &field : m_fields) {
        if (type != nullptr && field.type == type)
            found.push_back(&field);
    }
    return found;
}

uint64_t Message::number(std::string_view name, uint64_t fallback) const
{
    const WireField *field = find(name);
    if (field == nullptr)
        return fallback;
    if (field->wire == WireType::Bytes) {
        const std::vector<uint64_t> all = numbers(name);
        return all.empty() ? fallback : all.back();
    }
    return static_cast<uint64_t>(cryoscope::signedValue(*field));
}

int64_t Message::signedNumber(std::string_view name, int64_t fallback) const
{
    return static_cast<int64_t>(number(name, static_cast<uint64_t>(fallback)));
}

std::string_view Message::text(std::string_view name) const
{
    const WireField *field = find(name);
    if (field == nullptr || field->wire != WireType::Bytes)
        return {};
    const std::span<const std::byte> value = bytes(*field);
    return {reinterpret_cast<const char *>(value.data()), value.size()};
}

const Message *Message::message(std::string_view name) const
{
    const WireField *field = find(name);
    return field != nullptr ? field->message.get() : nullptr;
}

std::vector<const Message *> Message::messages(std::string_view name) const
{
    std::vector<const Message *> found;
    for (const WireField *field : findAll(name)) {
        if (field->message)
            found.push_back(field->message.get());
    }
    return found;
}

std::vector<Message::Packed> Message::packedNumbers(const WireField &field) const
{
    std::vector<Packed> found;
    if (field.type == nullptr || field.wire != WireType::Bytes || !isPackable(*field.type))
        return found;
    size_t badAt = 0; // none: looked at when it was parsed
    forEachPacked(field.type->kind, bytes(field), &badAt, [&](uint64_t raw, size_t at, size_t length) {
        found.push_back({raw, {field.value.offset + at, length}});
    });
    return found;
}

std::vector<uint64_t> Message::numbers(std::string_view name) const
{
    std::vector<uint64_t> found;
    for (const WireField *field : findAll(name)) {
        const Kind kind = field->type->kind;
        if (field->wire != WireType::Bytes) {
            found.push_back(static_cast<uint64_t>(cryoscope::signedValue(*field)));
            continue;
        }
        if (wireTypeOf(kind) == WireType::Bytes)
            continue; // text is no number
        size_t badAt = 0;
        forEachPacked(kind, bytes(*field), &badAt, [&found, kind](uint64_t raw, size_t, size_t) {
            found.push_back(static_cast<uint64_t>(cryoscope::signedValue(kind, raw)));
        });
    }
    return found;
}

} // namespace cryoscope
