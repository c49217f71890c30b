// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/layout.h"

#include "core/archive/bloblayout.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace cryoscope
{

namespace
{

using ImageJson = nlohmann::json;

ImageJson readImageJson(const Member &member)
{
    const auto bytes = member.content->readWhole(BlobLayout::maxText);
    return bytes ? ImageJson::parse(asText(*bytes), nullptr, false) : ImageJson();
}

const ImageJson *objectAt(const ImageJson &json, std::string_view key)
{
    if (!json.is_object())
        return nullptr;
    const auto found = json.find(key);
    return found != json.end() && found->is_object() ? &*found : nullptr;
}

const ImageJson *arrayAt(const ImageJson &json, std::string_view key)
{
    if (!json.is_object())
        return nullptr;
    const auto found = json.find(key);
    return found != json.end() && found->is_array() ? &*found : nullptr;
}

void addTexts(const ImageJson *object, Annotations &annotations)
{
    if (object == nullptr)
        return;
    for (const auto &[key, value] : object->items()) {
        if (value.is_string())
            annotations.emplace(key, value.get<std::string>());
    }
}

/// Whether a JSON text has the digest as a string or the end of one, in any place.
bool namesDigest(const ImageJson &json, const std::string &digest)
{
    if (json.is_string())
        return json.get_ref<const std::string &>().find(digest) != std::string::npos;
    if (json.is_object() || json.is_array())
        return std::any_of(json.begin(), json.end(),
                           [&](const ImageJson &part) { return namesDigest(part, digest); });
    return false;
}

} // namespace

std::string_view layoutName(Layout layout)
{
    switch (layout) {
    case Layout::Images:
        return "images";
    case Layout::Container:
        return "container checkpoint";
    case Layout::Docker:
        return "Docker checkpoint directory";
    case Layout::Pod:
        return "pod checkpoint";
    case Layout::OciImage:
        return "OCI image layout";
    case Layout::SavedImage:
        return "saved image";
    case Layout::Several:
        return "several checkpoints";
    }
    return "images";
}

Layout layoutOf(const Archive &archive, const std::vector<ImageSetInfo> &sets)
{
    if (const BlobLayout blobs(archive); !blobs.empty())
        return blobs.oci() ? Layout::OciImage : Layout::SavedImage;
    if (archive.find("pod.options") != nullptr || archive.find("pod.dump") != nullptr)
        return Layout::Pod;
    if (std::count_if(sets.begin(), sets.end(), [](const ImageSetInfo &set) { return set.tree; }) > 1)
        return Layout::Several;
    const auto described = std::find_if(sets.begin(), sets.end(),
                                        [](const ImageSetInfo &set) { return set.container.has_value(); });
    if (described == sets.end())
        return Layout::Images;
    return described->container->engine == "Docker" ? Layout::Docker : Layout::Container;
}

Annotations imageAnnotations(const Archive &archive, const std::string &setPrefix)
{
    const size_t nested = setPrefix.find('!');
    if (nested == std::string::npos)
        return {};
    const BlobLayout blobs(archive);
    const Member *layer = archive.find(setPrefix.substr(0, nested));
    const auto digest = layer != nullptr ? blobs.blobs().find(layer->id) : blobs.blobs().end();
    if (digest == blobs.blobs().end())
        return {};
    Annotations annotations;
    for (const MemberId id : blobs.texts()) {
        const auto manifest = readImageJson(archive.member(id));
        const auto *layers = arrayAt(manifest, "layers");
        if (layers != nullptr && namesDigest(*layers, digest->second))
            addTexts(objectAt(manifest, "annotations"), annotations);
    }
    for (const MemberId id : blobs.texts()) {
        const auto json = readImageJson(archive.member(id));
        if (objectAt(json, "rootfs") == nullptr) // no configuration
            continue;
        if (const auto *config = objectAt(json, "config"))
            addTexts(objectAt(*config, "Labels"), annotations);
    }
    std::erase_if(annotations, [](const auto &entry) {
        return !entry.first.starts_with("org.criu.checkpoint.") &&
               !entry.first.starts_with("io.podman.annotations.checkpoint.") &&
               !entry.first.starts_with("io.kubernetes.");
    });
    return annotations;
}

} // namespace cryoscope
