// SPDX-License-Identifier: Apache-2.0
#include "core/image/critencode.h"

#include "core/bytes/memorysource.h"
#include "core/image/critdecoder.h"
#include "core/image/critentry.h"
#include "core/image/critmerge.h"
#include "core/image/critparse.h"

namespace cryoscope
{

namespace
{

using Token = JsonReader::Token;

/// Where the parts of the JSON stand.
struct Parts {
    std::string magic;
    size_t magicAt = 0;
    size_t entriesAt = 0;
    size_t entriesEnd = 0;
    JsonValue carried;
};

/// Passes the value whose first token was `first`.
Result<void> skip(JsonReader &reader, Token first)
{
    size_t depth = 0;
    for (Token token = first;;) {
        if (token == Token::BeginArray || token == Token::BeginObject)
            ++depth;
        if (token == Token::EndArray || token == Token::EndObject)
            --depth;
        if (depth == 0)
            return {};
        const auto next = reader.next();
        if (!next)
            return next.error();
        token = *next;
    }
}

Result<Parts> partsOf(std::string_view text, const std::string &name)
{
    JsonReader reader(text, name);
    Parts parts;
    auto token = reader.next();
    if (!token)
        return token.error();
    if (*token != Token::BeginObject)
        return reader.error("is no object with magic and entries");
    for (;;) {
        token = reader.next();
        if (!token)
            return token.error();
        if (*token == Token::EndObject)
            break;
        const std::string key = reader.text();
        token = reader.next();
        if (!token)
            return token.error();
        const size_t begin = reader.begin();
        if (key == carriedKey) {
            auto value = JsonValue::read(reader, *token);
            if (!value)
                return value.error();
            parts.carried = std::move(*value);
            continue;
        }
        if (key == "magic" && *token == Token::String) {
            parts.magic = reader.text();
            parts.magicAt = begin;
        }
        if (auto done = skip(reader, *token); !done)
            return done.error();
        if (key == "entries") {
            parts.entriesAt = begin;
            parts.entriesEnd = reader.end();
        }
    }
    if (const auto end = reader.next(); !end)
        return end.error();
    if (parts.magic.empty() || parts.entriesEnd == 0)
        return reader.error("is no object with magic and entries");
    return parts;
}

class ImageEncoder
{
public:
    ImageEncoder(std::string_view text, std::string name, const Schema &schema,
                 const CritEncodeOptions &options, const ByteSink &sink)
        : m_text(text), m_name(std::move(name)), m_schema(schema), m_options(options), m_sink(sink)
    {
    }

    Result<void> run()
    {
        const auto parts = partsOf(m_text, m_name);
        if (!parts)
            return parts.error();
        m_type = imageTypeByName(parts->magic);
        const MessageType *entry = m_type != nullptr ? m_schema.message(m_type->entry) : nullptr;
        if (entry == nullptr)
            return Error{ErrorCode::InputMalformed,
                         "there is no image type of this name, or its entries are not known", m_name,
                         parts->magicAt};
        if (m_options.like != nullptr && &m_options.like->type() != m_type)
            return Error{ErrorCode::Usage, "is an image of another type", m_options.like->source()->name(),
                         std::nullopt};
        if (auto done = magics(parts->carried); !done)
            return done;
        return entries(*parts, *entry);
    }

private:
    Result<void> magics(const JsonValue &carried)
    {
        std::optional<uint32_t> head = usualHeadMagic(*m_type);
        if (m_options.like != nullptr) {
            head = m_options.like->headMagic();
            m_order = m_options.like->byteOrder();
        }
        if (const JsonValue *value = carried.find("head")) {
            if (value->text == "none")
                head = std::nullopt;
            else if (value->text == "common" || value->text == "service")
                head = value->text == "common" ? commonMagic : serviceMagic;
            else
                return Error{ErrorCode::InputMalformed, "head must be none, common or service", m_name,
                             value->begin};
        }
        if (const JsonValue *value = carried.find("order")) {
            if (value->text != "big" && value->text != "little")
                return Error{ErrorCode::InputMalformed, "order must be big or little", m_name, value->begin};
            m_order = value->text == "big" ? ByteOrder::Big : ByteOrder::Little;
        }
        std::vector<std::byte> bytes;
        if (head)
            bytes = frameBytes(*head, m_order);
        const auto type = frameBytes(m_type->magic, m_order);
        bytes.insert(bytes.end(), type.begin(), type.end());
        return m_sink(bytes);
    }

    Result<void> entries(const Parts &parts, const MessageType &entryType)
    {
        JsonReader reader(m_text.substr(0, parts.entriesEnd), m_name, parts.entriesAt);
        const auto first = reader.next();
        if (!first)
            return first.error();
        if (*first != Token::BeginArray)
            return reader.error("entries must be a list");
        const MessageType *head = m_type->head.empty() ? &entryType : m_schema.message(m_type->head);
        std::vector<std::byte> out;
        bool chunks = true;
        for (size_t index = 0;; ++index) {
            const auto token = reader.next();
            if (!token)
                return token.error();
            if (*token == Token::EndArray)
                break;
            const auto value = JsonValue::read(reader, *token);
            if (!value)
                return value.error();
            if (!chunks)
                break; // as crit: what follows the content of a ghost file is none of its chunks
            const MessageType &type = index == 0 ? *head : entryType;
            const auto bytes = record(*value, type, index);
            if (!bytes)
                return bytes.error();
            const auto frame = frameBytes(bytes->message.size(), m_order);
            out.insert(out.end(), frame.begin(), frame.end());
            out.insert(out.end(), bytes->message.begin(), bytes->message.end());
            out.insert(out.end(), bytes->payload.begin(), bytes->payload.end());
            if (m_type->payload == PayloadLayout::GhostFile && index == 0) {
                const auto parsed = Message::parse(&type, bytes->message, 0, m_name);
                chunks = parsed && parsed->flag("chunks");
            }
            if (out.size() >= pieceSize) {
                if (auto done = m_sink(out); !done)
                    return done;
                out.clear();
            }
        }
        return out.empty() ? Result<void>() : m_sink(out);
    }

    /// The bytes that the JSON cannot hold all of, if it has come with them.
    Result<std::optional<EntryBytes>> originalOf(const JsonValue &entry, const EntryBytes &encoded,
                                                 size_t index) const
    {
        std::optional<EntryBytes> original;
        const JsonValue *carried = entry.find(carriedKey);
        if (carried != nullptr) {
            original = encoded;
            for (const auto &[name, bytes] :
                 {std::pair{"message", &original->message}, std::pair{"payload", &original->payload}}) {
                const JsonValue *value = carried->find(name);
                if (value == nullptr)
                    continue;
                auto decoded = base64Bytes(value->text);
                if (!decoded)
                    return Error{ErrorCode::InputMalformed, "the base64 is cut off", m_name, value->begin};
                *bytes = std::move(*decoded);
            }
        } else if (m_options.like != nullptr && index < m_options.like->records().size()) {
            const Record &record = m_options.like->records()[index];
            const ByteSource &source = *m_options.like->source();
            auto message = source.readAll(record.message.offset, record.message.length);
            if (!message)
                return message.error();
            auto payload = source.readAll(record.payload.offset, record.payload.length);
            if (!payload)
                return payload.error();
            original = EntryBytes{std::move(*message), std::move(*payload)};
        }
        return original;
    }

    Result<EntryBytes> record(const JsonValue &entry, const MessageType &type, size_t index)
    {
        EntryEncoder encoder(m_schema, *m_type, m_order, m_name);
        const bool hasOriginal = entry.find(carriedKey) != nullptr || m_options.like != nullptr;
        auto encoded = encoder.entry(entry, type, hasOriginal);
        if (!encoded || !hasOriginal)
            return encoded;
        const auto original = originalOf(entry, *encoded, index);
        if (!original)
            return original.error();
        if (!*original)
            return encoder.entry(entry, type, false);
        return changed(**original, *encoded, type, entry.find(carriedKey) == nullptr);
    }

    /// `original` with what `encoded`, made of its JSON, says otherwise. `byCrit`: the JSON may be crit's,
    /// which lacks what crit does not know.
    Result<EntryBytes> changed(const EntryBytes &original, const EntryBytes &encoded, const MessageType &type,
                               bool byCrit) const
    {
        auto message = Message::parse(&type, original.message, 0, m_name);
        const auto after = Message::parse(&type, encoded.message, 0, m_name);
        if (!message || !after)
            return encoded; // of another type: not what this entry was made of
        // What the JSON of the original becomes, in both its forms: the entry may be either.
        std::optional<EntryBytes> before;
        for (const bool pretty : {false, true}) {
            const auto again = throughJson(original, *message, type, pretty, byCrit);
            if (!again)
                return again.error();
            if (*again && **again == encoded)
                return original;
            if (!before)
                before = *again;
        }
        if (!before)
            return encoded;
        EntryBytes result;
        const auto old = Message::parse(&type, before->message, 0, m_name);
        result.message = old ? mergeChanges(*message, *old, *after) : encoded.message;
        result.payload = before->payload == encoded.payload ? original.payload : encoded.payload;
        return result;
    }

    /// The original decoded to JSON and encoded again; nothing if that cannot be done.
    Result<std::optional<EntryBytes>> throughJson(const EntryBytes &original, const Message &message,
                                                  const MessageType &type, bool pretty, bool byCrit) const
    {
        std::vector<std::byte> bytes = original.message;
        bytes.insert(bytes.end(), original.payload.begin(), original.payload.end());
        const MemorySource source(m_name, bytes);
        CritOptions options;
        options.asCrit = byCrit;
        options.pretty = pretty;
        std::string text;
        JsonWriter writer([&text](std::string_view piece) { text += piece; }, false);
        CritDecoder decoder(source, m_schema, *m_type, m_order, options, writer);
        const Record record{
            &type, 0, {0, original.message.size()}, {original.message.size(), original.payload.size()}};
        if (auto done = decoder.entry(record, message); !done)
            return std::optional<EntryBytes>();
        writer.flush();
        JsonReader reader(text, m_name);
        const auto first = reader.next();
        const auto value = first ? JsonValue::read(reader, *first) : Result<JsonValue>(first.error());
        if (!value)
            return value.error();
        auto again = EntryEncoder(m_schema, *m_type, m_order, m_name).entry(*value, type, true);
        if (!again)
            return std::optional<EntryBytes>();
        return std::optional<EntryBytes>(std::move(*again));
    }

    static constexpr size_t pieceSize = size_t{1} << 20;

    std::string_view m_text;
    std::string m_name;
    const Schema &m_schema;
    const CritEncodeOptions &m_options;
    const ByteSink &m_sink;
    const ImageType *m_type = nullptr;
    ByteOrder m_order = ByteOrder::Little;
};

} // namespace

Result<void> critEncode(std::string_view text, const std::string &name, const Schema &schema,
                        const CritEncodeOptions &options, const ByteSink &sink)
{
    return ImageEncoder(text, name, schema, options, sink).run();
}

} // namespace cryoscope
