// SPDX-License-Identifier: Apache-2.0
#include "core/image/critdecoder.h"

#include "core/image/critformat.h"
#include "core/image/faithful.h"
#include "core/image/payloadwalker.h"

#include <algorithm>
#include <bit>

namespace cryoscope
{

Result<Message> CritDecoder::message(const Record &record)
{
    if (record.message.length > Image::maxMessage)
        return Error{ErrorCode::Unsupported,
                     "a message of " + std::to_string(record.message.length) + " bytes is longer than the " +
                         std::to_string(Image::maxMessage) + " that are read at once",
                     m_source.name(), record.frameOffset};
    auto bytes = m_window.copy(record.message.offset, record.message.length);
    if (!bytes)
        return bytes.error();
    return Message::parse(record.type, std::move(*bytes), record.message.offset, m_source.name());
}

Result<void> CritDecoder::entry(const Record &record, const Message &parsed)
{
    m_json.beginObject();
    fields(parsed, false, m_options.pretty);
    if (auto done = extra(record, parsed); !done)
        return done;
    m_json.endObject();
    return {};
}

// Fields

void CritDecoder::fields(const Message &parsed, bool hex, bool pretty)
{
    if (m_levels.size() <= m_depth)
        m_levels.emplace_back();
    std::vector<const WireField *> &level = m_levels[m_depth];
    level.clear();
    bool ascending = true;
    for (const WireField &field : parsed.fields()) {
        if (field.type == nullptr || (field.type->unreleased && m_options.asCrit))
            continue;
        ascending = ascending && (level.empty() || level.back()->number <= field.number);
        level.push_back(&field);
    }
    if (!ascending)
        std::stable_sort(level.begin(), level.end(),
                         [](const WireField *a, const WireField *b) { return a->number < b->number; });
    ++m_depth;
    for (size_t i = 0; i < level.size();) {
        const FieldType &type = *level[i]->type;
        size_t end = i + 1;
        while (end < level.size() && level[end]->number == type.number)
            ++end;
        const Found found(level.data() + i, end - i);
        if (type.kind == Kind::Message)
            messageField(type, found, hex, pretty);
        else if (wireTypeOf(type.kind) == WireType::Bytes)
            textField(parsed, type, found);
        else
            numberField(parsed, type, found, hex, pretty);
        i = end;
    }
    --m_depth;
}

void CritDecoder::messageField(const FieldType &type, Found found, bool hex, bool pretty)
{
    const bool nestedHex = hex || type.hex;
    if (!type.repeated() && found.size() > 1) {
        // Parts of a message that stand apart are one message; only what comes last of a field counts.
        mergedField(type, found, nestedHex, pretty);
        return;
    }
    m_json.key(type.name);
    if (type.repeated())
        m_json.beginArray();
    for (const WireField *field : found) {
        m_json.beginObject();
        if (field->message)
            fields(*field->message, nestedHex, pretty);
        m_json.endObject();
    }
    if (type.repeated())
        m_json.endArray();
}

void CritDecoder::mergedField(const FieldType &type, Found found, bool hex, bool pretty)
{
    std::vector<std::byte> all;
    for (const WireField *field : found) {
        if (!field->message)
            continue;
        const std::span<const std::byte> part = field->message->allBytes();
        all.insert(all.end(), part.begin(), part.end());
    }
    const auto merged = Message::parse(type.message, std::move(all), 0, m_source.name());
    m_json.key(type.name);
    m_json.beginObject();
    if (merged)
        fields(*merged, hex, pretty);
    m_json.endObject();
}

void CritDecoder::textField(const Message &parsed, const FieldType &type, Found found)
{
    m_json.key(type.name);
    if (type.repeated())
        m_json.beginArray();
    for (const WireField *field : found) {
        if (!type.repeated() && field != found.back())
            continue;
        const std::span<const std::byte> bytes = parsed.bytes(*field);
        if (type.kind == Kind::String)
            m_json.string(asText(bytes));
        else if (type.conv == "unix_name")
            m_json.string(critQuotedPrintable(asText(bytes)));
        else
            base64(bytes);
    }
    if (type.repeated())
        m_json.endArray();
}

void CritDecoder::numberField(const Message &parsed, const FieldType &type, Found found, bool hex,
                              bool pretty)
{
    const bool isPacked = std::any_of(found.begin(), found.end(),
                                      [](const WireField *field) { return field->wire == WireType::Bytes; });
    if (!type.repeated() && !isPacked) {
        m_json.key(type.name);
        numberValue(type, static_cast<uint64_t>(signedValue(*found.back())), hex, pretty);
        return;
    }
    const std::vector<uint64_t> values = parsed.numbers(type.name);
    if (values.empty())
        return; // an empty packed field is none
    m_json.key(type.name);
    if (!type.repeated()) {
        numberValue(type, values.back(), hex, pretty);
        return;
    }
    m_json.beginArray();
    const auto address = pretty && type.ipAddress ? critAddress(values, m_order) : std::nullopt;
    if (address) {
        m_json.string(*address);
    } else {
        for (const uint64_t value : values)
            numberValue(type, value, hex, pretty);
    }
    m_json.endArray();
}

void CritDecoder::numberValue(const FieldType &type, uint64_t value, bool hex, bool pretty)
{
    const auto asSigned = static_cast<int64_t>(value);
    switch (type.kind) {
    case Kind::Bool:
        m_json.boolean(value != 0);
        return;
    case Kind::Enum: {
        const std::string_view name = type.enumType->nameOf(static_cast<int32_t>(asSigned));
        if (name.empty())
            m_json.number(asSigned);
        else
            m_json.string(name);
        return;
    }
    case Kind::Float:
        m_json.real(std::bit_cast<float>(static_cast<uint32_t>(value)));
        return;
    case Kind::Double:
        m_json.real(std::bit_cast<double>(value));
        return;
    default:
        break;
    }
    if (const auto spelling = pretty ? critSpelling(type, value, hex) : std::nullopt) {
        m_json.string(*spelling);
        return;
    }
    if (isSignedKind(type.kind))
        m_json.number(asSigned);
    else
        m_json.number(value);
}

// Payloads

void CritDecoder::base64(std::span<const std::byte> bytes)
{
    m_json.beginString();
    for (size_t at = 0; at < bytes.size(); at += base64LineBytes)
        m_json.stringPiece(base64Line(bytes.subspan(at, std::min(base64LineBytes, bytes.size() - at))));
    m_json.endString();
}

Result<void> CritDecoder::base64(const ByteRange &range)
{
    m_json.beginString();
    for (uint64_t at = range.offset; at < range.end(); at += base64LineBytes) {
        const auto line = m_window.copy(at, std::min<uint64_t>(base64LineBytes, range.end() - at));
        if (!line)
            return line.error();
        m_json.stringPiece(base64Line(*line));
    }
    m_json.endString();
    return {};
}

namespace
{

ByteRange dataRange(const Record &record, std::span<const PayloadPart> parts)
{
    ByteRange range{record.payload.offset, 0};
    for (const PayloadPart &part : parts) {
        if (part.kind == PayloadPart::Kind::Data)
            range.length = part.range.end() - range.offset;
    }
    return range;
}

/// What crit counts as the size of a payload that it does not show.
uint64_t shownSize(std::span<const PayloadPart> parts)
{
    uint64_t size = 0;
    for (const PayloadPart &part : parts) {
        if (part.kind != PayloadPart::Kind::Padding && part.kind != PayloadPart::Kind::Frame)
            size += part.range.length;
    }
    return size;
}

} // namespace

Result<void> CritDecoder::extra(const Record &record, const Message &parsed)
{
    const PayloadLayout layout = m_type.payload;
    m_parts.clear();
    if (layout != PayloadLayout::None) {
        PayloadWalker walker(m_window, m_schema, m_order,
                             [this](const PayloadPart &part) { m_parts.push_back(part); });
        if (auto end = walker.walk(layout, parsed, record.payload.offset); !end)
            return end.error();
    }
    const bool isGhostHead = layout == PayloadLayout::GhostFile && parsed.type().name == "ghost_file_entry";
    const bool none = layout == PayloadLayout::None ||
                      (layout == PayloadLayout::SharedMemory && parsed.flag("in_pagemaps")) ||
                      (isGhostHead && parsed.flag("chunks"));
    if (none || (layout == PayloadLayout::GhostFile && m_options.nopl))
        return carried(record, parsed, m_parts);
    m_json.key("extra");
    if (m_options.nopl) {
        m_json.string(critNoPayload(shownSize(m_parts)));
        return {};
    }
    Result<void> done;
    switch (layout) {
    case PayloadLayout::TcpQueues:
        m_json.beginObject();
        for (const PayloadPart &part : m_parts) {
            m_json.key(part.name);
            if (done = base64(part.range); !done)
                return done;
        }
        m_json.endObject();
        break;
    case PayloadLayout::Semaphores:
        done = semaphores(m_parts);
        break;
    case PayloadLayout::Messages:
        done = queuedMessages(m_parts);
        break;
    default:
        done = base64(dataRange(record, m_parts));
    }
    return done ? carried(record, parsed, m_parts) : done;
}

Result<void> CritDecoder::semaphores(std::span<const PayloadPart> parts)
{
    constexpr uint64_t width = 2;
    m_json.beginArray();
    for (const PayloadPart &part : parts) {
        if (part.kind != PayloadPart::Kind::Values)
            continue;
        for (uint64_t at = part.range.offset; at < part.range.end(); at += width) {
            const auto value = m_window.at(at, width);
            if (!value)
                return value.error();
            m_json.number(loadInteger(*value, m_order));
        }
    }
    m_json.endArray();
    return {};
}

Result<void> CritDecoder::queuedMessages(std::span<const PayloadPart> parts)
{
    m_json.beginArray();
    for (const PayloadPart &part : parts) {
        if (part.kind == PayloadPart::Kind::Data) {
            if (auto done = base64(part.range); !done)
                return done;
        } else if (part.kind == PayloadPart::Kind::Message) {
            const auto head = message({part.type, part.range.offset, part.range, {}});
            if (!head)
                return head.error();
            m_json.beginObject();
            fields(*head, false, false);
            m_json.endObject();
        }
    }
    m_json.endArray();
    return {};
}

/// The bytes of what the object above does not hold all of.
Result<void> CritDecoder::carried(const Record &record, const Message &parsed,
                                  std::span<const PayloadPart> parts)
{
    if (!m_options.carry || m_options.nopl)
        return {};
    const bool messageIsFaithful = isFaithful(parsed, m_options.pretty);
    const auto payloadIsFaithful = isFaithful(parts, m_window);
    if (!payloadIsFaithful)
        return payloadIsFaithful.error();
    if (messageIsFaithful && *payloadIsFaithful)
        return {};
    m_json.key(carriedKey);
    m_json.beginObject();
    if (!messageIsFaithful) {
        m_json.key("message");
        base64(parsed.allBytes());
    }
    if (!*payloadIsFaithful) {
        m_json.key("payload");
        if (auto done = base64(record.payload); !done)
            return done;
    }
    m_json.endObject();
    return {};
}

} // namespace cryoscope
