// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/imagecensus.h"

#include "core/checkpoint/imagenames.h"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <map>

namespace cryoscope
{

namespace
{

Problem problemOf(const Member &member, ErrorCode code, std::string what,
                  Severity severity = Severity::Warning)
{
    return {severity, {code, std::move(what), member.path, 0}};
}

/// The bare message of a plugin: nothing but its wire format can be checked without a schema.
std::optional<Problem> pluginProblem(const Member &member)
{
    const auto bytes = member.content->readWhole(Image::maxMessage);
    if (!bytes)
        return Problem{Severity::Warning, bytes.error()};
    static const MessageType nothingKnown;
    const auto message = Message::parse(&nothingKnown, *bytes, 0, member.path);
    if (!message)
        return Problem{Severity::Warning, message.error()};
    return std::nullopt;
}

std::optional<Problem> framedProblem(const Member &member, const ImageFile &file, const ImageType *type)
{
    if (type != nullptr && type->name == file.what)
        return std::nullopt;
    if (member.content->size() == 0)
        return problemOf(member, ErrorCode::InputMalformed, "is empty", Severity::Note);
    return problemOf(member, ErrorCode::InputMalformed,
                     type != nullptr ? "is a " + std::string(type->name) + " image by its magic, not " +
                                           std::string(file.what) + " as its name says"
                                     : "cannot be inspected: its magic is not that of " +
                                           std::string(file.what) + ", nor any that is known");
}

} // namespace

std::string ImageIdentity::name() const
{
    if (type != nullptr)
        return std::string(type->name);
    return file != nullptr && file->layout != FileLayout::Framed ? std::string(file->what) : "unknown";
}

ImageIdentity identifyImage(const Member &member)
{
    assert(member.content);
    ImageIdentity identity;
    const std::string fileName = splitPath(member.path).second;
    identity.file = imageFileByName(fileName);
    const FileLayout layout = identity.file != nullptr ? identity.file->layout : FileLayout::Framed;
    if (layout == FileLayout::Framed)
        identity.type = Image::typeOf(*member.content);
    if (identity.file == nullptr) {
        if (identity.type == nullptr &&
            (fileName.ends_with(".img") || Image::looksLikeImage(*member.content)))
            identity.problem = problemOf(member, ErrorCode::Unsupported,
                                         "cannot be inspected: neither its name nor its magic is known");
    } else if (layout == FileLayout::Framed) {
        identity.problem = framedProblem(member, *identity.file, identity.type);
    } else if (layout == FileLayout::PluginMessage) {
        identity.problem = pluginProblem(member);
    } else if (layout == FileLayout::PluginData) {
        identity.problem =
            problemOf(member, ErrorCode::Unsupported,
                      "is a device's memory: it is searched as bytes, without addresses", Severity::Note);
    }
    return identity;
}

std::vector<std::string> imageDirectories(const Checkpoint &checkpoint)
{
    std::vector<std::string> directories{checkpoint.imagePrefix()};
    for (const Member &member : checkpoint.archive().members()) {
        auto [directory, fileName] = splitPath(member.path);
        if (fileName == "inventory.img" && member.content)
            directories.push_back(std::move(directory));
    }
    std::sort(directories.begin(), directories.end());
    directories.erase(std::unique(directories.begin(), directories.end()), directories.end());
    return directories;
}

std::vector<ImageCount> countImages(const Checkpoint &checkpoint)
{
    const auto directories = imageDirectories(checkpoint);
    std::map<std::string, ImageCount> counts;
    for (const Member &member : checkpoint.archive().members()) {
        if (!member.content ||
            !std::binary_search(directories.begin(), directories.end(), splitPath(member.path).first))
            continue;
        const ImageIdentity identity = identifyImage(member);
        if (!identity.image())
            continue;
        ImageCount &count = counts[identity.name()];
        count.name = identity.name();
        ++count.files;
        count.bytes += member.content->size();
        if (identity.type == nullptr || identity.type->name == "PAGEMAP")
            continue;
        if (const auto image = Image::open(member.content, checkpoint.schema()))
            count.records = count.records.value_or(0) + image->records().size();
    }
    std::vector<ImageCount> list;
    for (auto &[name, count] : counts)
        list.push_back(std::move(count));
    return list;
}

} // namespace cryoscope
