// SPDX-License-Identifier: Apache-2.0
#include "app/cli/containertext.h"

#include <algorithm>

namespace cryoscope::cli
{

namespace
{

std::vector<std::string> variableNames(const ContainerInfo &container)
{
    std::vector<std::string> names;
    for (const std::string &variable : container.environment)
        names.push_back(variable.substr(0, variable.find('=')));
    return names;
}

} // namespace

std::vector<std::pair<std::string, std::string>> containerLines(const ContainerInfo &container)
{
    std::vector<std::pair<std::string, std::string>> lines;
    const auto add = [&lines](const char *title, const std::string &text) {
        if (!text.empty())
            lines.emplace_back(title, text);
    };
    add("Engine", container.engine);
    const std::string id = container.id.substr(0, std::min<size_t>(container.id.size(), 12));
    add("Container", container.name + (container.name.empty() || id.empty() ? "" : " ") + id);
    add("Pod", container.pod.empty() ? "" : container.pod + " in " + container.podNamespace);
    add("Image", container.image);
    add("Runtime", container.runtime);
    add("Created", container.created);
    add("Checkpointed", container.checkpointed);
    add("Host name", container.hostName);
    std::string command;
    if (!container.command.empty()) // arguments may be secrets: `args` shows them
        command = container.command.front() + (container.command.size() > 1 ? " …" : "");
    add("Command", command);
    std::string names;
    for (const std::string &name : variableNames(container))
        names += (names.empty() ? "" : " ") + name;
    add("Variables", names);
    const char *title = "Mounts";
    for (const ContainerMount &mount : container.mounts) {
        lines.emplace_back(title, mount.destination + " " + mount.type +
                                      (mount.source.starts_with('/') ? " from " + mount.source : ""));
        title = "";
    }
    title = "Network";
    for (const std::string &network : container.network) {
        lines.emplace_back(title, network);
        title = "";
    }
    return lines;
}

nlohmann::ordered_json containerJson(const ContainerInfo &container)
{
    using Json = nlohmann::ordered_json;
    Json json{{"engine", container.engine},
              {"name", container.name},
              {"id", container.id},
              {"image", container.image},
              {"runtime", container.runtime},
              {"created", container.created},
              {"checkpointed", container.checkpointed}};
    json["pod"] = container.pod;
    json["namespace"] = container.podNamespace;
    json["hostName"] = container.hostName;
    json["command"] = container.command.empty() ? std::string() : container.command.front();
    json["variables"] = variableNames(container);
    json["mounts"] = Json::array();
    for (const ContainerMount &mount : container.mounts)
        json["mounts"].push_back(
            {{"destination", mount.destination}, {"source", mount.source}, {"type", mount.type}});
    json["network"] = container.network;
    return json;
}

} // namespace cryoscope::cli
