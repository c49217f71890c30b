// SPDX-License-Identifier: Apache-2.0
#include "core/image/critjson.h"

#include "core/base/checked.h"
#include "core/image/critformat.h"
#include "core/image/payload.h"
#include "core/image/sourcewindow.h"

#include <algorithm>
#include <bit>

namespace cryoscope
{

namespace
{

std::string_view asText(std::span<const std::byte> bytes)
{
    return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

/// Decodes one image; used once.
class CritDecoder
{
public:
    CritDecoder(const Image &image, const CritOptions &options, const TextSink &sink)
        : m_image(image), m_options(options), m_json(sink, options.pretty), m_window(*image.source())
    {
    }

    Result<void> run()
    {
        if (m_image.problem() && !m_options.partial && !readsPast())
            return *m_image.problem();
        m_json.beginObject();
        m_json.key("magic");
        m_json.string(m_image.type().name);
        m_json.key("entries");
        m_json.beginArray();
        auto done = readsPast() ? entriesAsCritReads() : entries();
        if (!done)
            return done;
        m_json.endArray();
        m_json.endObject();
        m_json.flush();
        return {};
    }

private:
    /// Whether crit finds other records in this image than there are.
    [[nodiscard]] bool readsPast() const
    {
        return m_options.asCrit && m_image.type().payload == PayloadLayout::SharedMemory;
    }

    Result<Message> message(const Record &record)
    {
        if (record.message.length > SourceWindow::windowSize)
            return m_image.message(record);
        auto bytes = m_window.copy(record.message.offset, record.message.length);
        if (!bytes)
            return bytes.error();
        return Message::parse(record.type, std::move(*bytes), record.message.offset,
                              m_image.source()->name());
    }

    /// An error, or nothing if the caller takes what there is.
    [[nodiscard]] Result<void> broken(const Error &error) const
    {
        return m_options.partial ? Result<void>() : Result<void>(error);
    }

    Result<void> entries()
    {
        for (const Record &record : m_image.records()) {
            const auto parsed = message(record);
            if (!parsed)
                return broken(parsed.error());
            if (parsed->problem() != nullptr && !m_options.partial)
                return *parsed->problem();
            m_json.beginObject();
            fields(*parsed, false, m_options.pretty);
            if (auto done = extra(record, *parsed); !done)
                return done;
            m_json.endObject();
        }
        return {};
    }

    // Fields

    /// The members of the object of `parsed`. `pretty` is apart from the indentation: crit prints some parts
    /// plain.
    void fields(const Message &parsed, bool hex, bool pretty)
    {
        for (const FieldType &type : parsed.type().fields) {
            if (type.unreleased && m_options.asCrit)
                continue;
            m_found.clear();
            for (const WireField &wire : parsed.fields()) {
                if (wire.type == &type)
                    m_found.push_back(&wire);
            }
            if (m_found.empty())
                continue;
            // Messages in this one use the same list, so a field takes its own part.
            const std::vector<const WireField *> found = m_found;
            if (type.kind == Kind::Message)
                messageField(type, found, hex, pretty);
            else if (wireTypeOf(type.kind) == WireType::Bytes)
                textField(parsed, type, found);
            else
                numberField(parsed, type, hex, pretty);
        }
    }

    void messageField(const FieldType &type, const std::vector<const WireField *> &found, bool hex,
                      bool pretty)
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

    void mergedField(const FieldType &type, const std::vector<const WireField *> &found, bool hex,
                     bool pretty)
    {
        std::vector<std::byte> all;
        for (const WireField *field : found) {
            if (!field->message)
                continue;
            const std::span<const std::byte> part = field->message->allBytes();
            all.insert(all.end(), part.begin(), part.end());
        }
        const auto merged = Message::parse(type.message, std::move(all), 0, m_image.source()->name());
        m_json.key(type.name);
        m_json.beginObject();
        if (merged)
            fields(*merged, hex, pretty);
        m_json.endObject();
    }

    void textField(const Message &parsed, const FieldType &type, const std::vector<const WireField *> &found)
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

    void numberField(const Message &parsed, const FieldType &type, bool hex, bool pretty)
    {
        const std::vector<uint64_t> values = parsed.numbers(type.name);
        if (values.empty())
            return; // an empty packed field is none
        m_json.key(type.name);
        if (!type.repeated()) {
            numberValue(type, values.back(), hex, pretty);
            return;
        }
        m_json.beginArray();
        const auto address =
            pretty && type.ipAddress ? critAddress(values, m_image.byteOrder()) : std::nullopt;
        if (address) {
            m_json.string(*address);
        } else {
            for (const uint64_t value : values)
                numberValue(type, value, hex, pretty);
        }
        m_json.endArray();
    }

    void numberValue(const FieldType &type, uint64_t value, bool hex, bool pretty)
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

    void base64(std::span<const std::byte> bytes)
    {
        m_json.beginString();
        for (size_t at = 0; at < bytes.size(); at += base64LineBytes)
            m_json.stringPiece(base64Line(bytes.subspan(at, std::min(base64LineBytes, bytes.size() - at))));
        m_json.endString();
    }

    Result<void> base64(const ByteRange &range)
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

    Result<void> extra(const Record &record, const Message &parsed)
    {
        const PayloadLayout layout = m_image.type().payload;
        if (layout == PayloadLayout::None)
            return {};
        if (layout == PayloadLayout::SharedMemory && parsed.flag("in_pagemaps"))
            return {};
        const bool followedByChunks = layout == PayloadLayout::GhostFile &&
                                      parsed.type().name == "ghost_file_entry" && parsed.flag("chunks");
        if (followedByChunks || (layout == PayloadLayout::GhostFile && m_options.nopl))
            return {};
        const auto parts = payloadParts(m_image, record);
        if (!parts)
            return parts.error();
        m_json.key("extra");
        if (m_options.nopl) {
            m_json.string(critNoPayload(shownSize(*parts)));
            return {};
        }
        switch (layout) {
        case PayloadLayout::TcpQueues:
            m_json.beginObject();
            for (const PayloadPart &part : *parts) {
                m_json.key(part.name);
                if (auto done = base64(part.range); !done)
                    return done;
            }
            m_json.endObject();
            return {};
        case PayloadLayout::Semaphores:
            return semaphores(*parts);
        case PayloadLayout::Messages:
            return queuedMessages(*parts);
        default:
            return base64(dataRange(record, *parts));
        }
    }

    static ByteRange dataRange(const Record &record, const std::vector<PayloadPart> &parts)
    {
        ByteRange range{record.payload.offset, 0};
        for (const PayloadPart &part : parts) {
            if (part.kind == PayloadPart::Kind::Data)
                range.length = part.range.end() - range.offset;
        }
        return range;
    }

    /// What crit counts as the size of a payload that it does not show.
    static uint64_t shownSize(const std::vector<PayloadPart> &parts)
    {
        uint64_t size = 0;
        for (const PayloadPart &part : parts) {
            if (part.kind != PayloadPart::Kind::Padding && part.kind != PayloadPart::Kind::Frame)
                size += part.range.length;
        }
        return size;
    }

    Result<void> semaphores(const std::vector<PayloadPart> &parts)
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
                m_json.number(loadInteger(*value, m_image.byteOrder()));
            }
        }
        m_json.endArray();
        return {};
    }

    Result<void> queuedMessages(const std::vector<PayloadPart> &parts)
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

    /// Segments as crit reads them: `size` bytes after each message, wherever the memory really is; at the
    /// end of the file it takes what is left.
    Result<void> entriesAsCritReads()
    {
        constexpr uint64_t frameSize = 4;
        constexpr uint64_t alignment = 4;
        const uint64_t fileSize = m_image.source()->size();
        uint64_t at = m_image.headMagic() ? 8 : 4;
        while (at < fileSize) {
            if (fileSize - at < frameSize)
                return broken(malformed(at, "the size of a record is cut off"));
            const auto frame = m_window.at(at, frameSize);
            if (!frame)
                return frame.error();
            // Lost in the middle of a record, crit takes what is left for one if it is shorter than its size
            // says.
            const uint64_t length =
                std::min(loadInteger(*frame, m_image.byteOrder()), fileSize - at - frameSize);
            const ByteRange range{at + frameSize, length};
            const auto parsed = message({m_image.schema().message(m_image.type().entry), at, range, {}});
            if (!parsed)
                return broken(parsed.error());
            const uint64_t size = parsed->number("size");
            const uint64_t left = fileSize - range.end();
            m_json.beginObject();
            fields(*parsed, false, m_options.pretty);
            m_json.key("extra");
            if (m_options.nopl) {
                m_json.string(critNoPayload(size));
            } else if (auto done = base64(ByteRange{range.end(), std::min(size, left)}); !done) {
                return done;
            }
            m_json.endObject();
            const auto padded = checkedAdd(size, alignment - 1);
            at = range.end() + (padded ? std::min(*padded / alignment * alignment, left) : left);
        }
        return {};
    }

    [[nodiscard]] Error malformed(uint64_t offset, std::string what) const
    {
        return {ErrorCode::InputMalformed, std::move(what), m_image.source()->name(), offset};
    }

    const Image &m_image;
    CritOptions m_options;
    JsonWriter m_json;
    SourceWindow m_window;
    std::vector<const WireField *> m_found; ///< kept for its memory
};

} // namespace

Result<void> critDecode(const Image &image, const CritOptions &options, const TextSink &sink)
{
    return CritDecoder(image, options, sink).run();
}

Result<std::string> critDecode(const Image &image, const CritOptions &options)
{
    std::string all;
    auto done = critDecode(image, options, [&all](std::string_view text) { all += text; });
    if (!done)
        return done.error();
    return all;
}

} // namespace cryoscope
