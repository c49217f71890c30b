// SPDX-License-Identifier: Apache-2.0
#include "core/image/imagedifference.h"

#include "core/image/messagedissector.h"

#include <algorithm>
#include <map>

namespace cryoscope
{

namespace
{

constexpr size_t maxValueText = 200; // bytes of a value that are shown

std::string kindOf(const WireField &field)
{
    if (field.message)
        return "message";
    if (field.wire != WireType::Bytes)
        return "number";
    return field.type != nullptr && field.type->kind == Kind::String ? "text" : "bytes";
}

std::string valueText(const Message &message, const WireField &field)
{
    if (field.message)
        return {};
    if (field.wire == WireType::Bytes)
        return escapedText(message.bytes(field), maxValueText);
    const bool isUnsigned =
        field.type == nullptr || field.type->kind == Kind::UInt64 || field.type->kind == Kind::Fixed64;
    return isUnsigned ? std::to_string(field.scalar) : std::to_string(signedValue(field));
}

std::string fieldName(const WireField &field)
{
    return field.type != nullptr ? field.type->name : "field " + std::to_string(field.number);
}

/// Fields of a message by number, in their order.
std::map<uint32_t, std::vector<const WireField *>> byNumber(const Message &message)
{
    std::map<uint32_t, std::vector<const WireField *>> fields;
    for (const WireField &field : message.fields())
        fields[field.number].push_back(&field);
    return fields;
}

/// Pairs records and fields of two images.
class ImageComparison
{
public:
    ImageComparison(const Image &before, const Image &after, bool withValues)
        : m_before(before), m_after(after), m_withValues(withValues)
    {
    }

    Result<ImageDifference> run()
    {
        const auto &olds = m_before.records();
        const auto &news = m_after.records();
        size_t start = 0;
        size_t oldEnd = olds.size();
        size_t newEnd = news.size();
        for (; start < std::min(oldEnd, newEnd); ++start) {
            const auto same = isSame(olds[start], news[start]);
            if (!same)
                return same.error();
            if (!*same)
                break;
        }
        // Only a different number of records can have moved those at the end.
        while (olds.size() != news.size() && oldEnd > start && newEnd > start) {
            const auto same = isSame(olds[oldEnd - 1], news[newEnd - 1]);
            if (!same)
                return same.error();
            if (!*same)
                break;
            --oldEnd;
            --newEnd;
        }
        for (size_t i = start; i < std::max(oldEnd, newEnd); ++i) {
            if (i >= oldEnd)
                whole(Change::Added, i, news[i]);
            else if (i >= newEnd)
                whole(Change::Removed, i, olds[i]);
            else if (auto done = records(i, olds[i], news[i]); !done)
                return done.error();
        }
        return std::move(m_result);
    }

private:
    static Result<std::vector<std::byte>> bytesOf(const Image &image, ByteRange range)
    {
        return image.source()->readAll(range.offset, range.length);
    }

    [[nodiscard]] Result<bool> isSame(const Record &before, const Record &after) const
    {
        if (before.type != after.type || before.message.length != after.message.length ||
            before.payload.length != after.payload.length)
            return false;
        for (const auto range : {&Record::message, &Record::payload}) {
            const auto old = bytesOf(m_before, before.*range);
            const auto now = bytesOf(m_after, after.*range);
            if (!old || !now)
                return old ? now.error() : old.error();
            if (*old != *now)
                return false;
        }
        return true;
    }

    void add(FieldDifference difference)
    {
        if (m_result.fields.size() < ImageDifference::maxListed)
            m_result.fields.push_back(std::move(difference));
        else
            ++m_result.unlisted;
    }

    /// Frame, message and payload.
    static ByteRange placeOf(const Record &record)
    {
        const uint64_t end = std::max(record.message.end(), record.payload.end());
        return {record.frameOffset, end - record.frameOffset};
    }

    void whole(Change change, size_t number, const Record &record)
    {
        FieldDifference difference;
        difference.change = change;
        difference.path = "record " + std::to_string(number) + " " + record.type->name;
        difference.kind = "record";
        (change == Change::Added ? difference.placeAfter : difference.placeBefore) = placeOf(record);
        (change == Change::Added ? difference.lengthAfter : difference.lengthBefore) =
            record.message.length + record.payload.length;
        add(std::move(difference));
    }

    Result<void> records(size_t number, const Record &before, const Record &after)
    {
        const auto same = isSame(before, after);
        if (!same || *same)
            return same ? Result<void>() : same.error();
        const std::string name = "record " + std::to_string(number) + " " + after.type->name;
        const auto old = m_before.message(before);
        const auto now = m_after.message(after);
        if (!old || !now || before.type != after.type) // damaged, or another message
            add({Change::Changed,
                 name,
                 "record",
                 placeOf(before),
                 placeOf(after),
                 before.message.length,
                 after.message.length,
                 {},
                 {}});
        else
            messages(*old, *now, name);
        return payloads(name, before, after);
    }

    Result<void> payloads(const std::string &name, const Record &before, const Record &after)
    {
        const auto old = bytesOf(m_before, before.payload);
        const auto now = bytesOf(m_after, after.payload);
        if (!old || !now)
            return old ? now.error() : old.error();
        if (*old == *now)
            return {};
        FieldDifference difference{Change::Changed,
                                   name + " payload",
                                   "payload",
                                   before.payload,
                                   after.payload,
                                   old->size(),
                                   now->size(),
                                   {},
                                   {}};
        if (m_withValues) {
            difference.before = escapedText(*old, maxValueText);
            difference.after = escapedText(*now, maxValueText);
        }
        add(std::move(difference));
        return {};
    }

    void messages(const Message &before, const Message &after, const std::string &name)
    {
        const auto olds = byNumber(before);
        const auto news = byNumber(after);
        std::map<uint32_t, bool> numbers;
        for (const auto *fields : {&olds, &news}) {
            for (const auto &[number, list] : *fields)
                numbers[number] = true;
        }
        static const std::vector<const WireField *> none;
        const auto listOf = [](const auto &fields,
                               uint32_t number) -> const std::vector<const WireField *> & {
            const auto found = fields.find(number);
            return found == fields.end() ? none : found->second;
        };
        for (const auto &[number, there] : numbers) {
            const auto &old = listOf(olds, number);
            const auto &now = listOf(news, number);
            const size_t count = std::max(old.size(), now.size());
            for (size_t i = 0; i < count; ++i) {
                const WireField *first = i < old.size() ? old[i] : nullptr;
                const WireField *second = i < now.size() ? now[i] : nullptr;
                std::string path = name + "." + fieldName(*(second != nullptr ? second : first));
                if (count > 1)
                    path += "[" + std::to_string(i) + "]";
                fields(before, first, after, second, path);
            }
        }
    }

    /// One of the two may be null.
    void fields(const Message &before, const WireField *old, const Message &after, const WireField *now,
                const std::string &path)
    {
        if (old != nullptr && now != nullptr) {
            const auto oldBytes = before.bytes(*old);
            const auto newBytes = after.bytes(*now);
            if (old->wire == now->wire && old->scalar == now->scalar &&
                std::equal(oldBytes.begin(), oldBytes.end(), newBytes.begin(), newBytes.end()))
                return;
            if (old->message && now->message) {
                messages(*old->message, *now->message, path);
                return;
            }
        }
        FieldDifference difference;
        difference.change = old == nullptr   ? Change::Added
                            : now == nullptr ? Change::Removed
                                             : Change::Changed;
        const WireField &shown = now != nullptr ? *now : *old;
        difference.path = path;
        difference.kind = kindOf(shown);
        if (old != nullptr) {
            difference.placeBefore = old->whole;
            difference.lengthBefore = old->value.length;
        }
        if (now != nullptr) {
            difference.placeAfter = now->whole;
            difference.lengthAfter = now->value.length;
        }
        if (m_withValues && old != nullptr)
            difference.before = valueText(before, *old);
        if (m_withValues && now != nullptr)
            difference.after = valueText(after, *now);
        add(std::move(difference));
    }

    const Image &m_before;
    const Image &m_after;
    const bool m_withValues;
    ImageDifference m_result;
};

} // namespace

std::string_view changeName(Change change)
{
    switch (change) {
    case Change::Added:
        return "added";
    case Change::Removed:
        return "removed";
    case Change::Changed:
        return "changed";
    }
    return "changed";
}

Result<ImageDifference> compareImages(const Image &before, const Image &after, bool withValues)
{
    if (&before.type() != &after.type())
        return ImageDifference();
    return ImageComparison(before, after, withValues).run();
}

} // namespace cryoscope
