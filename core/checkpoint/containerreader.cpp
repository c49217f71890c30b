// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/containerreader.h"

#include <nlohmann/json.hpp>

namespace cryoscope
{

namespace
{

using Json = nlohmann::json;

constexpr uint64_t maxJson = uint64_t{16} << 20; // bytes; engines write some kilobytes

/// The object in a member; null if the member is not there or is no JSON object (then a problem is added).
Json readObject(const Archive &archive, std::string_view path, std::vector<Problem> &problems)
{
    const Member *member = archive.find(path);
    if (member == nullptr || !member->content)
        return {};
    const auto bytes = member->content->readWhole(maxJson);
    if (!bytes) {
        problems.push_back({Severity::Warning, bytes.error()});
        return {};
    }
    const auto text = asText(*bytes);
    Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) {
        problems.push_back(
            {Severity::Warning, {ErrorCode::InputMalformed, "is no JSON object", member->path, 0}});
        return {};
    }
    return json;
}

std::string textOf(const Json &object, std::string_view key)
{
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string annotation(const Json &spec, std::string_view key)
{
    const auto found = spec.find("annotations");
    return found != spec.end() && found->is_object() ? textOf(*found, key) : std::string();
}

} // namespace

std::optional<ContainerInfo> readContainerInfo(const Archive &archive, std::vector<Problem> &problems)
{
    const Json config = readObject(archive, "config.dump", problems);
    const Json spec = readObject(archive, "spec.dump", problems);
    if (!config.is_object() && !spec.is_object())
        return std::nullopt;
    ContainerInfo info;
    if (spec.is_object()) {
        const std::string manager = annotation(spec, "io.container.manager");
        if (manager == "libpod")
            info.engine = "Podman";
        else if (manager == "cri-o" || !annotation(spec, "io.kubernetes.cri-o.ContainerName").empty())
            info.engine = "CRI-O";
        else if (!annotation(spec, "io.kubernetes.cri.container-name").empty())
            info.engine = "containerd";
        info.name = annotation(spec, "io.kubernetes.cri-o.ContainerName");
        if (info.name.empty())
            info.name = annotation(spec, "io.kubernetes.cri.container-name");
    }
    if (config.is_object()) {
        if (const auto name = textOf(config, "name"); !name.empty())
            info.name = name;
        info.id = textOf(config, "id");
        info.image = textOf(config, "rootfsImageName");
        info.runtime = textOf(config, "ociRuntime");
        if (info.runtime.empty())
            info.runtime = textOf(config, "runtime");
        info.created = textOf(config, "createdTime");
        info.checkpointed = textOf(config, "checkpointedTime");
    }
    if (info.engine.empty() && archive.find("network.status") != nullptr)
        info.engine = "Podman";
    return info;
}

} // namespace cryoscope
