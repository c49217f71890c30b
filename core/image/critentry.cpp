// SPDX-License-Identifier: Apache-2.0
#include "core/image/critentry.h"

#include "core/base/hash.h"
#include "core/image/critformat.h"
#include "core/image/critparse.h"
#include "core/image/payload.h"

namespace cryoscope
{

namespace
{

/// Whether a number that is written as `value` (in two's complement; `negative` says how to take it) fits.
bool inRange(Kind kind, uint64_t value, bool negative)
{
    switch (kind) {
    case Kind::Int32:
    case Kind::SInt32:
    case Kind::SFixed32:
    case Kind::Enum:
        return negative ? static_cast<int64_t>(value) >= INT32_MIN : value <= INT32_MAX;
    case Kind::UInt32:
    case Kind::Fixed32:
        return !negative && value <= UINT32_MAX;
    case Kind::Int64:
    case Kind::SInt64:
    case Kind::SFixed64:
        return negative || value <= INT64_MAX;
    default:
        return !negative;
    }
}

} // namespace

Result<EntryBytes> EntryEncoder::entry(const JsonValue &entry, const MessageType &type, bool incomplete)
{
    m_incomplete = incomplete;
    m_entry = &entry;
    auto encoded = message(entry, type);
    if (!encoded)
        return encoded.error();
    EntryBytes bytes;
    bytes.message = *encoded;
    if (m_type.payload == PayloadLayout::None)
        return bytes;
    const auto parsed = Message::parse(&type, std::move(*encoded), 0, m_name);
    if (!parsed)
        return parsed.error();
    auto extra = payload(entry, *parsed);
    if (!extra)
        return extra.error();
    bytes.payload = std::move(*extra);
    return bytes;
}

Result<std::vector<std::byte>> EntryEncoder::message(const JsonValue &object, const MessageType &type)
{
    if (object.type != JsonValue::Type::Object)
        return error(object, "a " + type.name + " must be an object");
    WireWriter out;
    for (const FieldType &field : type.fields) {
        const JsonValue *value = object.find(field.name);
        if (value == nullptr) {
            if (field.label == Label::Required && !m_incomplete)
                return error(object, type.name + "." + field.name + " is required and missing");
            continue;
        }
        auto done = field.repeated() ? repeated(out, field, *value) : element(out, field, *value);
        if (!done)
            return done.error();
    }
    return out.take();
}

Result<void> EntryEncoder::repeated(WireWriter &out, const FieldType &type, const JsonValue &value)
{
    if (value.type != JsonValue::Type::Array)
        return error(value, type.name + " must be a list");
    if (type.ipAddress && !value.items.empty() && value.items.front().isString()) {
        const auto words = critAddressWords(value.items.front().text, m_order);
        if (words) {
            for (const uint64_t each : *words)
                out.number(type, static_cast<int64_t>(each));
            return {};
        }
    }
    if (type.packed) {
        std::vector<int64_t> numbers;
        for (const JsonValue &item : value.items) {
            const auto each = number(type, item);
            if (!each)
                return each.error();
            numbers.push_back(*each);
        }
        if (!numbers.empty())
            out.packed(type, numbers);
        return {};
    }
    for (const JsonValue &item : value.items) {
        if (auto done = element(out, type, item); !done)
            return done;
    }
    return {};
}

Result<void> EntryEncoder::element(WireWriter &out, const FieldType &type, const JsonValue &value)
{
    switch (type.kind) {
    case Kind::Message: {
        const auto nested = message(value, *type.message);
        if (!nested)
            return nested.error();
        out.bytes(type.number, *nested);
        return {};
    }
    case Kind::String:
    case Kind::Bytes: {
        if (!value.isString())
            return error(value, type.name + " must be a string");
        if (type.kind == Kind::String) {
            out.bytes(type.number, asBytes(value.text));
        } else if (type.conv == "unix_name") {
            out.bytes(type.number, asBytes(critUnquote(value.text)));
        } else {
            const auto bytes = base64(value);
            if (!bytes)
                return bytes.error();
            out.bytes(type.number, *bytes);
        }
        return {};
    }
    default: {
        const auto each = number(type, value);
        if (!each)
            return each.error();
        out.number(type, *each);
        return {};
    }
    }
}

/// The number that a string stands for.
Result<uint64_t> EntryEncoder::word(const FieldType &type, const JsonValue &value) const
{
    std::optional<uint64_t> found;
    if (type.kind == Kind::Enum) {
        if (const auto named = type.enumType->numberOf(value.text))
            found = static_cast<uint64_t>(static_cast<int64_t>(*named));
    } else if (type.dev) {
        found = critDeviceValue(value.text, type.odev);
    } else if (!type.flags.empty()) {
        found = critFlagsValue(type.flags, value.text);
    } else if (const auto named = critDictValue(type.dict, type.name, value.text)) {
        found = static_cast<uint64_t>(*named);
    }
    if (!found)
        found = critNumber(value.text);
    if (!found)
        return error(value, type.name + ": this stands for no number");
    return *found;
}

Result<int64_t> EntryEncoder::number(const FieldType &type, const JsonValue &value) const
{
    if (value.type == JsonValue::Type::Bool) {
        if (type.kind != Kind::Bool)
            return error(value, type.name + " must be a number");
        return value.boolean ? 1 : 0;
    }
    std::optional<uint64_t> found;
    if (value.type == JsonValue::Type::Number)
        found = critNumber(value.text);
    else if (value.isString() && type.kind != Kind::Bool) {
        const auto named = word(type, value);
        if (!named)
            return named.error();
        found = *named;
    }
    if (!found)
        return error(value, type.name + " must be a whole number of at most 64 bits");
    const bool negative = value.text.find('-') != std::string::npos && static_cast<int64_t>(*found) < 0;
    const bool negativeEnum = type.kind == Kind::Enum && static_cast<int64_t>(*found) < 0;
    if (!inRange(type.kind, *found, negative || negativeEnum))
        return error(value, type.name + " is out of range");
    return static_cast<int64_t>(*found);
}

Result<std::vector<std::byte>> EntryEncoder::base64(const JsonValue &value) const
{
    if (!value.isString())
        return error(value, "base64 must be a string");
    if (value.text.starts_with("... <"))
        return error(value, "the content was left out when the image was decoded (--nopl)");
    auto bytes = base64Bytes(value.text);
    if (!bytes)
        return error(value, "the base64 is cut off");
    return std::move(*bytes);
}

// Payloads

Result<void> EntryEncoder::data(const JsonValue *extra, uint64_t length, std::vector<std::byte> &out) const
{
    std::vector<std::byte> bytes;
    if (extra != nullptr) {
        auto decoded = base64(*extra);
        if (!decoded)
            return decoded.error();
        bytes = std::move(*decoded);
    }
    if (bytes.size() != length)
        return error(extra != nullptr ? *extra : *m_entry, "the payload has " + std::to_string(bytes.size()) +
                                                               " bytes, but its entry says " +
                                                               std::to_string(length));
    out.insert(out.end(), bytes.begin(), bytes.end());
    return {};
}

namespace
{

void pad(std::vector<std::byte> &out, size_t from, size_t alignment)
{
    while ((out.size() - from) % alignment != 0)
        out.push_back(std::byte{0});
}

} // namespace

Result<void> EntryEncoder::semaphores(const JsonValue *extra, uint64_t count,
                                      std::vector<std::byte> &out) const
{
    const size_t found = extra != nullptr ? extra->items.size() : 0;
    if (found != count)
        return error(extra != nullptr ? *extra : *m_entry,
                     std::to_string(found) + " semaphores, but the entry says " + std::to_string(count));
    const size_t from = out.size();
    for (size_t i = 0; i < found; ++i) {
        const JsonValue &item = extra->items[i];
        const auto value = item.type == JsonValue::Type::Number ? critNumber(item.text) : std::nullopt;
        if (!value || *value > UINT16_MAX)
            return error(item, "a semaphore's value must lie between 0 and 65535");
        const std::byte low{static_cast<uint8_t>(*value)};
        const std::byte high{static_cast<uint8_t>(*value >> 8)};
        out.push_back(m_order == ByteOrder::Little ? low : high);
        out.push_back(m_order == ByteOrder::Little ? high : low);
    }
    pad(out, from, ipcAlignment);
    return {};
}

Result<void> EntryEncoder::messages(const JsonValue *extra, uint64_t count, std::vector<std::byte> &out)
{
    const size_t found = extra != nullptr ? extra->items.size() : 0;
    if (found % 2 != 0 || found / 2 != count)
        return error(extra != nullptr ? *extra : *m_entry, std::to_string(found / 2) +
                                                               " queued messages, but the entry says " +
                                                               std::to_string(count));
    const MessageType *type = m_schema.message("ipc_msg");
    for (size_t i = 0; i < found; i += 2) {
        auto head = message(extra->items[i], *type);
        if (!head)
            return head.error();
        for (unsigned byte = 0; byte < 4; ++byte) {
            const unsigned shift = m_order == ByteOrder::Little ? 8 * byte : 24 - 8 * byte;
            out.push_back(static_cast<std::byte>(head->size() >> shift));
        }
        out.insert(out.end(), head->begin(), head->end());
        const auto parsed = Message::parse(type, std::move(*head), 0, m_name);
        if (!parsed)
            return parsed.error();
        const size_t from = out.size();
        if (auto done = data(&extra->items[i + 1], parsed->number("msize"), out); !done)
            return done;
        pad(out, from, ipcAlignment);
    }
    return {};
}

Result<std::vector<std::byte>> EntryEncoder::payload(const JsonValue &entry, const Message &message)
{
    const JsonValue *extra = entry.find("extra");
    std::vector<std::byte> out;
    Result<void> done;
    switch (m_type.payload) {
    case PayloadLayout::None:
        break;
    case PayloadLayout::PipeData:
        done = data(extra, message.number("bytes"), out);
        break;
    case PayloadLayout::SocketData:
        done = data(extra, message.number("length"), out);
        break;
    case PayloadLayout::TcpQueues:
        if (extra != nullptr && extra->isString())
            done = base64(*extra) ? Result<void>(error(*extra, "extra must be an object"))
                                  : base64(*extra).error();
        if (done)
            done = data(extra != nullptr ? extra->find("inq") : nullptr, message.number("inq_len"), out);
        if (done)
            done = data(extra != nullptr ? extra->find("outq") : nullptr, message.number("outq_len"), out);
        break;
    case PayloadLayout::GhostFile:
        if (message.type().name == "ghost_chunk_entry") {
            done = data(extra, message.number("len"), out);
        } else if (!message.flag("chunks")) {
            if (extra == nullptr)
                return error(entry, "extra, the content of the file, is missing");
            return base64(*extra);
        }
        break;
    case PayloadLayout::Semaphores:
        done = semaphores(extra, message.number("nsems"), out);
        break;
    case PayloadLayout::Messages:
        done = messages(extra, message.number("qnum"), out);
        break;
    case PayloadLayout::SharedMemory:
        if (!message.flag("in_pagemaps")) {
            done = data(extra, message.number("size"), out);
            pad(out, 0, sharedMemoryAlignment);
        } else if (extra != nullptr && !extra->text.empty()) {
            return error(*extra,
                         "crit took other entries of the image for the content of this segment, whose "
                         "memory is in a pagemap; they are lost");
        }
        break;
    case PayloadLayout::BpfMap:
        done = data(extra, message.number("keys_bytes") + message.number("values_bytes"), out);
        break;
    }
    if (!done)
        return done.error();
    return out;
}

} // namespace cryoscope
