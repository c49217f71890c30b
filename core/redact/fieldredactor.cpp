// SPDX-License-Identifier: Apache-2.0
#include "core/redact/fieldredactor.h"

#include "core/base/hash.h"
#include "core/image/payload.h"

#include <algorithm>
#include <array>
#include <set>

namespace cryoscope
{

namespace
{

constexpr uint64_t wellKnownPorts = 1024;
constexpr uint64_t portBucket = 1000;
constexpr size_t signalHead = 12;      // bytes of siginfo_t: signal number, error, code
constexpr uint64_t noId = 0xffffffff;  // (uid_t)-1
constexpr uint64_t overflowId = 65534; // nobody

/// Class of the payload of an image, as far as it has one.
DataClass payloadClass(PayloadLayout layout)
{
    switch (layout) {
    case PayloadLayout::PipeData:
    case PayloadLayout::SocketData:
    case PayloadLayout::TcpQueues:
    case PayloadLayout::Messages:
        return DataClass::Streams;
    case PayloadLayout::GhostFile:
        return DataClass::GhostFiles;
    case PayloadLayout::SharedMemory:
        return DataClass::Memory;
    case PayloadLayout::None:
    case PayloadLayout::Semaphores:
    case PayloadLayout::BpfMap:
        break;
    }
    return DataClass::Other;
}

unsigned bitsOf(Kind kind)
{
    switch (kind) {
    case Kind::Bool:
        return 1;
    case Kind::Int32:
    case Kind::UInt32:
    case Kind::SInt32:
    case Kind::Fixed32:
    case Kind::SFixed32:
    case Kind::Float:
    case Kind::Enum:
        return 32;
    default:
        return 64;
    }
}

std::string filled(const FieldType *type, size_t length)
{
    return std::string(length, type != nullptr && type->kind == Kind::String ? 'x' : '\0');
}

std::string zeroDigits(std::string_view value)
{
    std::string out(value);
    std::replace_if(
        out.begin(), out.end(),
        [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); },
        '0');
    return out;
}

bool numbersOnly(std::string_view value)
{
    return value == "max" || value == "max\n" || std::all_of(value.begin(), value.end(), [](char c) {
               return (c >= '0' && c <= '9') || c == ' ' || c == '\n' || c == '-' || c == ',' || c == ':' ||
                      c == '.';
           });
}

/// A NUL may stand before an abstract name and after a path.
std::string socketName(const Pseudonyms &pseudonyms, std::string_view name)
{
    const size_t begin = name.starts_with('\0') ? 1 : 0;
    const size_t end = std::max(begin, name.ends_with('\0') ? name.size() - 1 : name.size());
    const auto inner = name.substr(begin, end - begin);
    const bool isPath = inner.find('/') != std::string_view::npos;
    return std::string(name.substr(0, begin)) +
           (isPath ? pseudonyms.path(inner) : pseudonyms.component(inner)) + std::string(name.substr(end));
}

/// A text that may be a path, or hold one.
std::string pathOrText(const Pseudonyms &pseudonyms, std::string_view value)
{
    return value.find('/') != std::string_view::npos ? pseudonyms.path(value) : pseudonyms.component(value);
}

} // namespace

std::string paddedVarint(uint64_t value, size_t length)
{
    std::string out;
    for (size_t i = 0; i < length; ++i) {
        const auto low = static_cast<unsigned char>(value & 0x7f);
        value >>= 7;
        out.push_back(static_cast<char>(i + 1 < length ? low | 0x80 : low));
    }
    return value == 0 ? out : std::string();
}

std::string pseudonymousOptions(const Pseudonyms &pseudonyms, std::string_view options)
{
    static constexpr std::array<std::string_view, 12> plain{"mode",    "size",    "nr_inodes", "nr_blocks",
                                                            "inode64", "inode32", "huge",      "mpol",
                                                            "errors",  "data",    "barrier",   "hidepid"};
    std::string out;
    for (size_t at = 0; at < options.size();) {
        const size_t comma = std::min(options.find(',', at), options.size());
        const auto option = options.substr(at, comma - at);
        const size_t equals = option.find('=');
        const bool keep = equals == std::string_view::npos ||
                          std::find(plain.begin(), plain.end(), option.substr(0, equals)) != plain.end();
        if (keep) {
            out += option;
        } else {
            out += option.substr(0, equals + 1);
            for (size_t from = equals + 1; from < option.size();) { // lowerdir=/a:/b
                const size_t colon = std::min(option.find(':', from), option.size());
                out += pathOrText(pseudonyms, option.substr(from, colon - from));
                if (colon < option.size())
                    out.push_back(':');
                from = colon + 1;
            }
        }
        if (comma < options.size())
            out.push_back(',');
        at = comma + 1;
    }
    return out;
}

Result<void> FieldRedactor::redact(MemberId member, const Image &image)
{
    m_member = member;
    m_order = image.byteOrder();
    const std::string &name = m_sink.archive().member(member).path;
    uint64_t end = 0;
    for (const Record &record : image.records()) {
        const auto parsed = image.message(record);
        if (parsed) {
            message(*parsed);
        } else if (parsed.error().code == ErrorCode::InputUnreadable) {
            return parsed.error();
        } else {
            m_sink.note(name + ": a message that cannot be parsed at offset " +
                        std::to_string(record.message.offset) + " is emptied");
            m_sink.zero(DataClass::Other, m_member, record.message);
        }
        if (auto done = payload(image, record); !done)
            return done;
        end = std::max({end, record.message.end(), record.payload.end()});
    }
    const uint64_t size = image.source()->size();
    if (image.problem() && end < size && end > 0) {
        m_sink.note(name + ": what follows the last record that can be read, at offset " +
                    std::to_string(end) + ", is emptied");
        m_sink.zero(DataClass::Other, m_member, {end, size - end});
    }
    return {};
}

void FieldRedactor::message(const Message &message)
{
    std::set<uint32_t> addressFields;
    for (const WireField &entry : message.fields()) {
        if (entry.type != nullptr && entry.type->kind != Kind::Message) {
            const FieldRule *rule = m_table.find(message.type().name, entry.type->name);
            if (rule != nullptr && rule->treatment == Treatment::Address) {
                const RedactionSink::Field here(m_sink, message.type(), entry.type);
                if (addressFields.insert(entry.number).second)
                    addresses(message, *entry.type, rule->dataClass);
                continue;
            }
        }
        field(message, entry);
    }
}

void FieldRedactor::field(const Message &message, const WireField &field)
{
    const RedactionSink::Field here(m_sink, message.type(), field.type);
    if (field.type == nullptr) {
        empty(DataClass::Other, message, field);
        return;
    }
    const FieldRule *listed = m_table.find(message.type().name, field.type->name);
    if (field.type->kind == Kind::Message) {
        if (!field.message)
            empty(DataClass::Other, message, field);
        else if (listed != nullptr &&
                 (listed->treatment == Treatment::Zero || listed->treatment == Treatment::Drop))
            emptyMessage(listed->dataClass, *field.message);
        else
            this->message(*field.message);
        return;
    }
    const FieldRule rule = listed != nullptr ? *listed : FieldRule();
    const std::string_view value = asText(message.bytes(field));
    const Pseudonyms &pseudonyms = m_sink.pseudonyms();
    switch (rule.treatment) {
    case Treatment::Keep:
        break;
    case Treatment::Zero:
    case Treatment::Drop:
        empty(rule.dataClass, message, field);
        break;
    case Treatment::Path:
        text(rule.dataClass, message, field, pathOrText(pseudonyms, value));
        break;
    case Treatment::Text:
        if (field.wire == WireType::Bytes)
            text(rule.dataClass, message, field, pathOrText(pseudonyms, value));
        else
            number(rule.dataClass, field, value, pseudonyms.varint(field.scalar, bitsOf(field.type->kind)));
        break;
    case Treatment::SocketName:
        text(rule.dataClass, message, field, socketName(pseudonyms, value));
        break;
    case Treatment::Device:
        if (value != "lo")
            text(rule.dataClass, message, field, pseudonyms.component(value));
        break;
    case Treatment::HardwareAddress: {
        const auto made = pseudonyms.hardwareAddress(message.bytes(field));
        m_sink.replace(rule.dataClass, m_member, field.value.offset, value, asText(made));
        break;
    }
    case Treatment::Id:
        if (field.wire != WireType::Varint) // packed
            empty(rule.dataClass, message, field);
        else if (field.scalar != noId && field.scalar != overflowId && field.scalar >> 32 == 0)
            number(rule.dataClass, field, value, pseudonyms.varint(field.scalar, 32));
        break;
    case Treatment::Port:
        if (field.scalar >= wellKnownPorts)
            number(rule.dataClass, field, value,
                   std::max(wellKnownPorts, field.scalar - field.scalar % portBucket));
        break;
    case Treatment::Options:
        text(rule.dataClass, message, field, pseudonymousOptions(pseudonyms, value));
        break;
    case Treatment::Numbers:
        if (!numbersOnly(value))
            empty(rule.dataClass, message, field);
        break;
    case Treatment::SignalInfo:
        if (value.size() > signalHead)
            m_sink.zero(rule.dataClass, m_member,
                        {field.value.offset + signalHead, field.value.length - signalHead});
        break;
    case Treatment::ZeroDigits:
        m_sink.replace(rule.dataClass, m_member, field.value.offset, value, zeroDigits(value));
        break;
    case Treatment::Address: // message() gives all words of one address at once
        break;
    }
}

void FieldRedactor::emptyMessage(DataClass dataClass, const Message &message)
{
    for (const WireField &field : message.fields()) {
        const RedactionSink::Field here(m_sink, message.type(), field.type);
        if (field.message)
            emptyMessage(dataClass, *field.message);
        else
            empty(dataClass, message, field);
    }
}

void FieldRedactor::empty(DataClass dataClass, const Message &message, const WireField &field)
{
    const std::string_view value = asText(message.bytes(field));
    switch (field.wire) {
    case WireType::Varint:
        number(dataClass, field, value, 0);
        break;
    case WireType::Fixed32:
    case WireType::Fixed64:
        m_sink.replace(dataClass, m_member, field.value.offset, value, std::string(value.size(), '\0'));
        break;
    case WireType::Bytes:
        if (field.type != nullptr && field.type->kind != Kind::String && field.type->kind != Kind::Bytes &&
            field.type->kind != Kind::Message) {
            // Packed numbers: as many as before.
            std::string made(value);
            for (char &c : made)
                c = wireTypeOf(field.type->kind) == WireType::Varint ? static_cast<char>(c & '\x80') : '\0';
            m_sink.replace(dataClass, m_member, field.value.offset, value, made);
        } else {
            m_sink.replace(dataClass, m_member, field.value.offset, value, filled(field.type, value.size()));
        }
        break;
    }
}

void FieldRedactor::addresses(const Message &message, const FieldType &type, DataClass dataClass)
{
    std::vector<const WireField *> words;
    for (const WireField &field : message.fields()) {
        if (field.number == type.number && field.type != nullptr)
            words.push_back(&field);
    }
    const bool plain = (words.size() == 1 || words.size() == 4) &&
                       std::all_of(words.begin(), words.end(), [](const WireField *word) {
                           return word->wire == WireType::Varint && word->scalar >> 32 == 0;
                       });
    if (!plain) { // packed, or of an unknown kind
        for (const WireField *word : words)
            empty(dataClass, message, *word);
        return;
    }
    // Words hold the bytes of the address in memory order of the host that wrote them.
    std::vector<std::byte> bytes;
    const auto shiftOf = [this](unsigned i) { return m_order == ByteOrder::Little ? 8 * i : 24 - 8 * i; };
    for (const WireField *word : words) {
        for (unsigned i = 0; i < 4; ++i)
            bytes.push_back(static_cast<std::byte>(word->scalar >> shiftOf(i) & 0xff));
    }
    const auto made = m_sink.pseudonyms().address(bytes);
    for (size_t w = 0; w < words.size(); ++w) {
        uint64_t value = 0;
        for (unsigned i = 0; i < 4; ++i)
            value |= std::to_integer<uint64_t>(made[w * 4 + i]) << shiftOf(i);
        number(dataClass, *words[w], asText(message.bytes(*words[w])), value);
    }
}

void FieldRedactor::text(DataClass dataClass, const Message &message, const WireField &field,
                         std::string_view made)
{
    const std::string_view value = asText(message.bytes(field));
    if (!m_sink.wants(dataClass, m_member) || made == value)
        return;
    m_sink.remember(value);
    m_sink.replace(dataClass, m_member, field.value.offset, value, made);
}

void FieldRedactor::number(DataClass dataClass, const WireField &field, std::string_view before,
                           uint64_t value)
{
    std::string made = paddedVarint(value, before.size());
    if (made.empty()) { // longer than what stands there: says nothing then
        m_sink.note(m_sink.archive().member(m_member).path + ": a number at offset " +
                    std::to_string(field.value.offset) + " has no stand-in of its length and becomes 0");
        made = paddedVarint(0, before.size());
    }
    m_sink.replace(dataClass, m_member, field.value.offset, before, made);
}

Result<void> FieldRedactor::payload(const Image &image, const Record &record)
{
    if (record.payload.empty())
        return {};
    const DataClass dataClass = payloadClass(image.type().payload);
    const auto parts = payloadParts(image, record);
    if (!parts)
        return parts.error();
    for (const PayloadPart &part : *parts) {
        switch (part.kind) {
        case PayloadPart::Kind::Data:
        case PayloadPart::Kind::Padding:
            m_sink.zero(dataClass, m_member, part.range);
            break;
        case PayloadPart::Kind::Message: {
            auto bytes = image.source()->readAll(part.range.offset, part.range.length);
            if (!bytes)
                return bytes.error();
            const auto inner =
                Message::parse(part.type, std::move(*bytes), part.range.offset, image.source()->name());
            if (inner)
                message(*inner);
            else
                m_sink.zero(DataClass::Other, m_member, part.range);
            break;
        }
        case PayloadPart::Kind::Values: // semaphores: counts
        case PayloadPart::Kind::Frame:
            break;
        }
    }
    return {};
}

} // namespace cryoscope
