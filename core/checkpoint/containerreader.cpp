// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/containerreader.h"

#include "core/checkpoint/imagenames.h"
#include "core/checkpoint/imagesets.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace cryoscope
{

namespace
{

using ContainerJson = nlohmann::json;

constexpr uint64_t maxContainerJson = uint64_t{16} << 20; // bytes; engines write some kilobytes

/// The JSON object in a member; null if the member is not there, or holds none (then a problem is added).
ContainerJson readContainerJson(const Archive &archive, const std::string &path,
                                std::vector<Problem> &problems)
{
    const Member *member = archive.find(path);
    if (member == nullptr || !member->content)
        return {};
    const auto bytes = member->content->readWhole(maxContainerJson);
    if (!bytes) {
        problems.push_back({Severity::Warning, bytes.error()});
        return {};
    }
    ContainerJson json = ContainerJson::parse(asText(*bytes), nullptr, false);
    if (json.is_object())
        return json;
    if (!json.is_null() || !path.ends_with("network.status")) // which Podman writes so without networks
        problems.push_back(
            {Severity::Warning, {ErrorCode::InputMalformed, "is no JSON object", member->path, 0}});
    return {};
}

const ContainerJson *child(const ContainerJson &object, std::string_view key)
{
    if (!object.is_object())
        return nullptr;
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
}

std::string textOf(const ContainerJson &object, std::string_view key)
{
    const auto *found = child(object, key);
    return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string> textsOf(const ContainerJson &object, std::string_view key)
{
    std::vector<std::string> texts;
    const auto *found = child(object, key);
    if (found != nullptr && found->is_array()) {
        for (const auto &entry : *found) {
            if (entry.is_string())
                texts.push_back(entry.get<std::string>());
        }
    }
    return texts;
}

/// The first that says something.
std::string firstOf(std::initializer_list<std::string> texts)
{
    for (const auto &text : texts) {
        if (!text.empty())
            return text;
    }
    return {};
}

/// Collects what the files beside one image set say.
class ContainerReading
{
public:
    ContainerReading(const Archive &archive, const Annotations &image, std::vector<Problem> &problems)
        : m_archive(archive), m_image(image), m_problems(problems)
    {
    }

    /// Whether there is anything at `prefix`.
    bool read(const std::string &prefix)
    {
        m_config = object(prefix + "config.dump");
        m_spec = object(prefix + "spec.dump");
        return m_config.is_object() || m_spec.is_object();
    }

    /// The directory of a Docker checkpoint holds images and description.
    bool readDocker(const std::string &prefix)
    {
        // The first alone is there in any checkpoint of runc.
        if (m_archive.find(prefix + "descriptors.json") == nullptr ||
            m_archive.find(prefix + "config.json") == nullptr)
            return false;
        const auto config = object(prefix + "config.json");
        info.engine = "Docker";
        info.name = textOf(config, "name");
        info.created = textOf(config, "created");
        return true;
    }

    void fill(const std::string &prefix)
    {
        const auto *annotations = child(m_spec, "annotations");
        m_annotations = annotations != nullptr ? *annotations : ContainerJson();
        fillEngine(prefix);
        fillNames();
        info.id = textOf(m_config, "id");
        info.image = firstOf({textOf(m_config, "rootfsImageName"), textOf(m_config, "rootfsImage"),
                              note("io.kubernetes.cri-o.ImageName"), note("io.kubernetes.cri.image-name")});
        info.runtime = firstOf({textOf(m_config, "ociRuntime"), textOf(m_config, "runtime")});
        info.created = firstOf({textOf(m_config, "createdTime"), note("io.kubernetes.cri-o.Created")});
        info.checkpointed = textOf(m_config, "checkpointedTime");
        info.hostName = textOf(m_spec, "hostname");
        if (const auto *process = child(m_spec, "process")) {
            info.command = textsOf(*process, "args");
            info.environment = textsOf(*process, "env");
        }
        if (const auto *mounts = child(m_spec, "mounts"); mounts != nullptr && mounts->is_array()) {
            for (const auto &mount : *mounts)
                info.mounts.push_back(
                    {textOf(mount, "destination"), textOf(mount, "source"), textOf(mount, "type")});
        }
        fillNetwork(prefix);
    }

    /// What a checkpoint image says of itself, where nothing else does.
    void fillFromImage()
    {
        const auto fill = [this](std::string &place, std::string_view key) {
            // The second is Podman's own, before the first was agreed on.
            for (const char *prefix : {"org.criu.checkpoint.", "io.podman.annotations.checkpoint."}) {
                const auto found = m_image.find(prefix + std::string(key));
                if (place.empty() && found != m_image.end())
                    place = found->second;
            }
        };
        std::string engine;
        fill(engine, "engine.name");
        if (info.engine.empty())
            info.engine = engine == "libpod" || engine == "podman" ? "Podman"
                          : engine == "cri-o"                      ? "CRI-O"
                                                                   : engine;
        fill(info.name, "container.name");
        fill(info.name, "name");
        fill(info.pod, "pod.name");
        fill(info.podNamespace, "pod.namespace");
        fill(info.image, "rootfsImageName");
        fill(info.runtime, "runtime.name");
    }

    ContainerInfo info;

private:
    ContainerJson object(const std::string &path) { return readContainerJson(m_archive, path, m_problems); }

    /// An annotation of the runtime specification.
    [[nodiscard]] std::string note(std::string_view key) const { return textOf(m_annotations, key); }

    void fillEngine(const std::string &prefix)
    {
        const std::string manager = note("io.container.manager");
        if (manager == "libpod")
            info.engine = "Podman";
        else if (manager == "cri-o" || !note("io.kubernetes.cri-o.ContainerName").empty() ||
                 !note("io.kubernetes.cri-o.Metadata").empty())
            info.engine = "CRI-O";
        else if (!note("io.kubernetes.cri.container-name").empty())
            info.engine = "containerd";
        else if (m_archive.find(prefix + "network.status") != nullptr)
            info.engine = "Podman";
        else if (m_archive.find(prefix + "status") != nullptr ||
                 m_archive.find(prefix + "status.dump") != nullptr)
            info.engine = "containerd";
    }

    void fillNames()
    {
        const auto metadata = ContainerJson::parse(note("io.kubernetes.cri-o.Metadata"), nullptr, false);
        info.name = firstOf({textOf(m_config, "name"), textOf(metadata, "name"),
                             note("io.kubernetes.cri-o.ContainerName"), note("io.kubernetes.container.name"),
                             note("io.kubernetes.cri.container-name")});
        info.pod = firstOf({note("io.kubernetes.pod.name"), note("io.kubernetes.cri.sandbox-name")});
        info.podNamespace =
            firstOf({note("io.kubernetes.pod.namespace"), note("io.kubernetes.cri.sandbox-namespace")});
    }

    void fillNetwork(const std::string &prefix)
    {
        const auto status = object(prefix + "network.status");
        if (status.is_object()) {
            for (const auto &[name, network] : status.items()) {
                const auto *interfaces = child(network, "interfaces");
                if (interfaces == nullptr || !interfaces->is_object())
                    continue;
                for (const auto &[device, described] : interfaces->items())
                    addInterface(name, device, described);
            }
        }
        for (int i = 0;; ++i) {
            const std::string address = note("io.kubernetes.cri-o.IP." + std::to_string(i));
            if (address.empty())
                break;
            info.network.push_back(address);
        }
    }

    void addInterface(const std::string &network, const std::string &device, const ContainerJson &described)
    {
        std::string line = network + " " + device;
        if (const auto *subnets = child(described, "subnets"); subnets != nullptr && subnets->is_array()) {
            for (const auto &subnet : *subnets)
                line += " " + textOf(subnet, "ipnet");
        }
        if (const auto mac = textOf(described, "mac_address"); !mac.empty())
            line += " " + mac;
        info.network.push_back(std::move(line));
    }

    const Archive &m_archive;
    const Annotations &m_image;
    std::vector<Problem> &m_problems;
    ContainerJson m_config;
    ContainerJson m_spec;
    ContainerJson m_annotations;
};

} // namespace

std::optional<ContainerInfo> readContainerInfo(const Archive &archive, const std::string &setPrefix,
                                               const Annotations &image, std::vector<Problem> &problems)
{
    ContainerReading reading(archive, image, problems);
    // Beside the directory of images, with them, or at the top of the archive.
    const auto trimmed =
        setPrefix.ends_with('/') ? std::string_view(setPrefix).substr(0, setPrefix.size() - 1) : setPrefix;
    std::vector<std::string> places{setPrefix.ends_with('/') ? splitPath(trimmed).first : setPrefix};
    for (const std::string &prefix : {setPrefix, setPrefix.substr(0, nestEnd(setPrefix))}) {
        if (std::find(places.begin(), places.end(), prefix) == places.end())
            places.push_back(prefix);
    }
    bool any = false;
    for (const std::string &prefix : places) {
        any = reading.read(prefix);
        if (any) {
            reading.fill(prefix);
            break;
        }
    }
    any = any || reading.readDocker(setPrefix);
    if (!any && image.empty())
        return std::nullopt;
    reading.fillFromImage();
    return std::move(reading.info);
}

} // namespace cryoscope
