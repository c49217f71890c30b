// SPDX-License-Identifier: Apache-2.0
#include "core/image/image.h"

#include "core/base/checked.h"
#include "core/image/payloadwalker.h"
#include "core/image/sourcewindow.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdio>

namespace cryoscope
{

namespace
{

constexpr uint64_t magicSize = 4; // bytes
constexpr uint64_t frameSize = 4; // bytes

bool isHeadMagic(uint64_t number)
{
    return number == commonMagic || number == serviceMagic;
}

std::string hex(uint64_t number)
{
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(number));
    return text.data();
}

/// What the first bytes of a file say.
struct Start {
    const ImageType *type = nullptr; ///< null: no known type magic
    ByteOrder order = ByteOrder::Little;
    std::optional<uint32_t> headMagic;
    uint64_t typeMagicAt = 0; ///< bytes
    uint32_t typeMagic = 0;
};

Start readStart(std::span<const std::byte> bytes)
{
    Start unknown;
    for (const ByteOrder order : {ByteOrder::Little, ByteOrder::Big}) {
        Start start;
        start.order = order;
        if (bytes.size() < magicSize)
            continue;
        start.typeMagic = static_cast<uint32_t>(loadInteger(bytes.first(magicSize), order));
        if (isHeadMagic(start.typeMagic)) {
            start.headMagic = start.typeMagic;
            start.typeMagicAt = magicSize;
            start.typeMagic =
                bytes.size() >= 2 * magicSize
                    ? static_cast<uint32_t>(loadInteger(bytes.subspan(magicSize, magicSize), order))
                    : 0;
        }
        start.type = imageTypeByMagic(start.typeMagic);
        if (start.type != nullptr || start.headMagic)
            return start;
        if (order == ByteOrder::Little)
            unknown = start;
    }
    return unknown;
}

bool hasRequiredField(const MessageType &type)
{
    return std::any_of(type.fields.begin(), type.fields.end(),
                       [](const FieldType &field) { return field.label == Label::Required; });
}

} // namespace

/// Walks the frames of one image.
class ImageReader
{
public:
    ImageReader(std::shared_ptr<const ByteSource> source, std::shared_ptr<const Schema> schema)
        : m_window(*source), m_size(source->size())
    {
        m_image.m_source = std::move(source);
        m_image.m_schema = std::move(schema);
    }

    Result<Image> read()
    {
        const auto first = m_window.copy(0, std::min<uint64_t>(m_size, 2 * magicSize));
        if (!first)
            return first.error();
        const Start start = readStart(*first);
        if (start.type == nullptr)
            return noType(start);
        m_image.m_type = start.type;
        m_image.m_byteOrder = start.order;
        m_image.m_headMagic = start.headMagic;
        m_entryType = messageType(start.type->entry);
        m_headType = start.type->head.empty() ? m_entryType : messageType(start.type->head);

        uint64_t at = start.typeMagicAt + magicSize;
        if (m_entryType == nullptr) {
            m_image.m_problem =
                Error{ErrorCode::Unsupported,
                      "the layout of " + std::string(start.type->name) + " images is not known",
                      m_window.source().name(), at};
            return std::move(m_image);
        }
        while (at < m_size) {
            const auto end = readRecord(at);
            if (!end) {
                m_image.m_problem = end.error();
                break;
            }
            at = *end;
        }
        m_image.m_records.shrink_to_fit();
        return std::move(m_image);
    }

private:
    [[nodiscard]] Error malformed(uint64_t offset, std::string what) const
    {
        return {ErrorCode::InputMalformed, std::move(what), m_window.source().name(), offset};
    }

    [[nodiscard]] Error noType(const Start &start) const
    {
        if (m_size < start.typeMagicAt + magicSize)
            return malformed(start.typeMagicAt, "too short for the magic of an image");
        return malformed(start.typeMagicAt, "magic " + hex(start.typeMagic) + " is of no known image type");
    }

    [[nodiscard]] const MessageType *messageType(std::string_view name) const
    {
        return name.empty() ? nullptr : m_image.m_schema->message(name);
    }

    /// Adds the record whose frame begins at `at`; returns where the next one begins.
    Result<uint64_t> readRecord(uint64_t at)
    {
        if (m_size - at < frameSize)
            return malformed(at, "the size of a record is cut off");
        const auto frame = m_window.at(at, frameSize);
        if (!frame)
            return frame.error();
        const uint64_t size = loadInteger(*frame, m_image.m_byteOrder);
        Record record;
        record.type = m_image.m_records.empty() ? m_headType : m_entryType;
        record.frameOffset = at;
        record.message = {at + frameSize, size};
        if (!inBounds(record.message.offset, size, m_size))
            return malformed(at, "a record of " + std::to_string(size) + " bytes reaches beyond the end (" +
                                     std::to_string(m_size) + ")");
        // Such a record says nothing; a file of zeros would be nothing but such records, at 48 bytes of
        // memory each.
        if (size == 0 && hasRequiredField(*record.type))
            return malformed(at, "a record of no bytes lacks the required fields of " + record.type->name);
        uint64_t end = record.message.end();
        if (m_image.m_type->payload != PayloadLayout::None) {
            const auto message = parseMessage(record);
            if (!message)
                return message.error();
            PayloadWalker walker(m_window, *m_image.m_schema, m_image.m_byteOrder);
            const auto walked = walker.walk(m_image.m_type->payload, *message, end);
            if (!walked)
                return walked.error();
            end = *walked;
        }
        record.payload = {record.message.end(), end - record.message.end()};
        m_image.m_records.push_back(record);
        return end;
    }

    Result<Message> parseMessage(const Record &record)
    {
        if (record.message.length > Image::maxMessage)
            return m_image.message(record); // says why not
        auto bytes = m_window.copy(record.message.offset, record.message.length);
        if (!bytes)
            return bytes.error();
        return Message::parse(record.type, std::move(*bytes), record.message.offset,
                              m_window.source().name());
    }

    Image m_image;
    SourceWindow m_window;
    uint64_t m_size;
    const MessageType *m_headType = nullptr;
    const MessageType *m_entryType = nullptr;
};

Result<Image> Image::open(std::shared_ptr<const ByteSource> source, std::shared_ptr<const Schema> schema)
{
    assert(source && schema);
    return ImageReader(std::move(source), std::move(schema)).read();
}

bool Image::looksLikeImage(const ByteSource &source)
{
    const auto first = source.readAll(0, std::min<uint64_t>(source.size(), 2 * magicSize));
    if (!first)
        return false;
    const Start start = readStart(*first);
    return start.type != nullptr || start.headMagic.has_value();
}

const ImageType *Image::typeOf(const ByteSource &source)
{
    const auto first = source.readAll(0, std::min<uint64_t>(source.size(), 2 * magicSize));
    return first ? readStart(*first).type : nullptr;
}

Result<Message> Image::message(const Record &record) const
{
    SourceWindow window(*m_source);
    return message(record, window);
}

Result<Message> Image::message(const Record &record, SourceWindow &window, Nested nested) const
{
    assert(record.type != nullptr);
    if (record.message.length > maxMessage)
        return Error{ErrorCode::Unsupported,
                     "a message of " + std::to_string(record.message.length) + " bytes is longer than the " +
                         std::to_string(maxMessage) + " that are read at once",
                     m_source->name(), record.frameOffset};
    auto bytes = window.copy(record.message.offset, record.message.length);
    if (!bytes)
        return bytes.error();
    return Message::parse(record.type, std::move(*bytes), record.message.offset, m_source->name(), nested);
}

} // namespace cryoscope
