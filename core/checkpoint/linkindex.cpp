// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/linkindex.h"

#include "core/checkpoint/fileentry.h"
#include "core/checkpoint/imagenames.h"

namespace cryoscope
{

namespace
{

/// Calls `take(message, value, ordinal)` for each value of the field at `path`, with the message that holds
/// it; elements of a repeated message too, if the path ends with one ("" is its value then).
template <class Take> void eachAt(const Message &message, std::string_view path, const Take &take)
{
    const auto point = path.find('.');
    const FieldType *type = message.type().field(path.substr(0, point));
    if (type == nullptr)
        return;
    size_t ordinal = 0;
    for (const WireField &field : message.fields()) {
        if (field.type != type)
            continue;
        if (type->kind == Kind::Message) {
            if (field.message && point != std::string_view::npos)
                eachAt(*field.message, path.substr(point + 1), take);
            else if (field.message)
                take(*field.message, 0, ordinal);
            ++ordinal;
        } else if (point == std::string_view::npos && field.wire != WireType::Bytes) {
            take(message, static_cast<uint64_t>(signedValue(field)), ordinal++);
        }
    }
}

std::string fileNameOf(const Member &member)
{
    return splitPath(member.path).second;
}

} // namespace

std::optional<DissectionLink> LinkIndex::image(const std::string &prefix, const std::string &fileName) const
{
    const Member *member = m_checkpoint.archive().find(prefix + fileName);
    if (member == nullptr)
        return std::nullopt;
    DissectionLink link;
    link.member = member->id;
    link.text = fileName;
    return link;
}

std::shared_ptr<const Image> LinkIndex::opened(MemberId member) const
{
    const std::lock_guard lock(m_mutex);
    const auto [known, isNew] = m_images.try_emplace(member);
    if (isNew) {
        auto image = m_checkpoint.openImage(member);
        if (image)
            known->second = std::make_shared<const Image>(std::move(*image));
    }
    return known->second;
}

LinkIndex::Places LinkIndex::read(const Image &image, std::string_view path)
{
    Places found;
    const bool isElement = path.ends_with('#'); // keyed by the ordinal
    const std::string_view fields = isElement ? path.substr(0, path.size() - 1) : path;
    for (size_t i = 0; i < image.records().size(); ++i) {
        const auto message = image.message(image.records()[i]);
        if (!message)
            continue;
        eachAt(*message, fields, [&](const Message &holder, uint64_t value, size_t ordinal) {
            found.try_emplace(isElement ? ordinal : value, Place{i, holder.range().offset});
        });
        if (isElement)
            break;
    }
    return found;
}

std::shared_ptr<const LinkIndex::Places> LinkIndex::places(MemberId member, std::string_view path) const
{
    const auto image = opened(member);
    const std::lock_guard lock(m_mutex);
    auto &known = m_places[{member, std::string(path)}];
    if (!known)
        known = std::make_shared<const Places>(image ? read(*image, path) : Places());
    return known;
}

std::string LinkIndex::describe(MemberId member, const Place &place) const
{
    const Member &holder = m_checkpoint.archive().member(member);
    std::string text = fileNameOf(holder) + " record " + std::to_string(place.record);
    const auto image = opened(member);
    if (!image || place.record >= image->records().size())
        return text;
    const auto message = image->message(image->records()[place.record]);
    if (message && message->type().name == "file_entry")
        text += ": " + readFileEntry(*message, *m_checkpoint.schema(), image->byteOrder()).description;
    return text;
}

std::optional<DissectionLink> LinkIndex::record(const std::string &prefix, const std::string &fileName,
                                                std::string_view path, uint64_t key) const
{
    const Member *member = m_checkpoint.archive().find(prefix + fileName);
    if (member == nullptr || !member->content)
        return std::nullopt;
    const auto known = places(member->id, path);
    const auto found = known->find(key);
    if (found == known->end())
        return std::nullopt;
    DissectionLink link;
    link.member = member->id;
    link.record = found->second.record;
    link.offset = found->second.offset;
    link.text = describe(member->id, found->second);
    return link;
}

std::optional<DissectionLink> LinkIndex::element(const std::string &prefix, const std::string &fileName,
                                                 std::string_view path, uint64_t ordinal) const
{
    auto link = record(prefix, fileName, std::string(path) + "#", ordinal);
    if (link)
        link->text = fileName + ", number " + std::to_string(ordinal) + " of " + std::string(path);
    return link;
}

std::optional<DissectionLink> LinkIndex::file(const std::string &prefix, uint64_t id) const
{
    if (auto link = record(prefix, "files.img", "id", id))
        return link;
    for (const OldFileImage &old : oldFileImages()) {
        if (auto link = record(prefix, std::string(old.fileName), "id", id))
            return link;
    }
    return std::nullopt;
}

} // namespace cryoscope
