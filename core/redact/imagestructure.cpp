// SPDX-License-Identifier: Apache-2.0
#include "core/redact/imagestructure.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

Error refusal(const Image &image, const std::string &what, uint64_t offset)
{
    return {ErrorCode::InputMalformed, "a redaction cannot change " + what + " of an image",
            image.source()->name(), offset};
}

/// `range` lies within `message`.
Result<void> checkMessage(const Image &image, const Message &message, ByteRange range,
                          const std::string &path)
{
    for (const WireField &field : message.fields()) {
        if (!field.whole.overlaps(range))
            continue;
        const std::string name =
            path + "." + (field.type ? field.type->name : "field " + std::to_string(field.number));
        if (field.wire != WireType::Bytes || !field.value.contains(range))
            return refusal(image, "the number, tag or length of " + name,
                           std::max(range.offset, field.whole.offset));
        if (field.message)
            return checkMessage(image, *field.message, range, name);
        const bool opaque =
            field.type && (field.type->kind == Kind::String || field.type->kind == Kind::Bytes);
        if (!opaque) // packed numbers, what is not in the schema, a message that does not parse
            return refusal(image, "the content of " + name, range.offset);
        return {};
    }
    return refusal(image, "bytes between fields", range.offset);
}

/// The field of `message`, or of one within it, whose value is exactly `range`.
const WireField *fieldAt(const Message &message, ByteRange range)
{
    for (const WireField &field : message.fields()) {
        if (field.value.offset == range.offset && field.value.length == range.length)
            return &field;
        if (field.message && field.value.contains(range))
            return fieldAt(*field.message, range);
    }
    return nullptr;
}

} // namespace

Result<void> checkNumberPatch(const Image &image, ByteRange range)
{
    for (const Record &record : image.records()) {
        if (!record.message.contains(range))
            continue;
        const auto message = image.message(record);
        if (!message)
            return message.error();
        const WireField *field = fieldAt(*message, range);
        if (field != nullptr && field->wire == WireType::Varint)
            return {};
        break;
    }
    return refusal(image, "what is no number", range.offset);
}

Result<void> checkImagePatch(const Image &image, ByteRange range)
{
    if (range.empty())
        return {};
    // Records are in file order: the last that starts at or before the range is the one it begins in.
    const auto &records = image.records();
    const auto after =
        std::upper_bound(records.begin(), records.end(), range.offset,
                         [](uint64_t offset, const Record &record) { return offset < record.frameOffset; });
    if (after == records.begin())
        return refusal(image, "the magic", range.offset);
    const Record &record = *std::prev(after);
    if (record.payload.contains(range))
        return {};
    if (!record.message.contains(range)) {
        const uint64_t recordEnd = std::max(record.message.end(), record.payload.end());
        if (range.offset >= recordEnd)
            return {}; // behind what could be read: bytes without a known structure
        return refusal(image, "the record size or the border of a message", range.offset);
    }
    const auto message = image.message(record);
    if (!message)
        return message.error();
    return checkMessage(image, *message, range, record.type->name);
}

} // namespace cryoscope
