// SPDX-License-Identifier: Apache-2.0
// sk, threads, env, args, files, mounts: what the images say, as text or JSON.
#include "app/cli/commands.h"
#include "app/cli/jsontext.h"

#include "core/checkpoint/fileentry.h"
#include "core/checkpoint/mountinfo.h"
#include "core/checkpoint/socketinfo.h"
#include "core/memory/taskstrings.h"

#include <algorithm>
#include <iostream>
#include <map>
#include <type_traits>

namespace cryoscope::cli
{

namespace
{

using Json = nlohmann::ordered_json;

struct Options {
    std::string path;
    bool json = false;
    std::optional<uint32_t> pid;
};

bool wanted(const Options &options, const Task &task)
{
    return !options.pid || *options.pid == task.pid;
}

/// Rows in columns as wide as their widest cell; the last one is as long as it is.
void printTable(const std::vector<std::vector<std::string>> &rows)
{
    std::vector<size_t> widths;
    for (const auto &row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    }
    for (const auto &row : rows) {
        std::string line;
        for (size_t i = 0; i < row.size(); ++i) {
            line += row[i];
            if (i + 1 < row.size())
                line.append(widths[i] - row[i].size() + 2, ' ');
        }
        std::cout << line << "\n";
    }
}

std::string dash(const std::string &text)
{
    return text.empty() ? "-" : printable(text);
}

std::string endText(const SocketInfo &socket, const std::string &address, uint32_t port)
{
    if (socket.type != FdInetSocket)
        return dash(address);
    const bool v6 = address.find(':') != std::string::npos;
    return (v6 ? "[" + address + "]" : dash(address)) + ":" + std::to_string(port);
}

void printSockets(const Checkpoint &checkpoint, const Options &options)
{
    const auto sockets = readSockets(checkpoint);
    std::vector<std::vector<std::string>> rows{
        {"PID", "FD", "FAMILY", "TYPE", "PROTOCOL", "STATE", "INODE", "SOURCE", "DESTINATION"}};
    for (const Task &task : checkpoint.tasks()) {
        for (const OpenFile &file : task.files) {
            const auto found = sockets.find(file.fileId);
            if (found == sockets.end() || !wanted(options, task))
                continue;
            const SocketInfo &socket = found->second;
            std::string destination = endText(socket, socket.destination, socket.destinationPort);
            if (socket.peer != 0)
                destination = "peer " + std::to_string(socket.peer);
            rows.push_back({std::to_string(task.pid), std::to_string(file.fd), dash(socket.family),
                            dash(socket.kind), dash(socket.protocol), dash(socket.state),
                            std::to_string(socket.inode), endText(socket, socket.source, socket.sourcePort),
                            destination});
        }
    }
    printTable(rows);
}

void printThreads(const Checkpoint &checkpoint, const Options &options)
{
    if (options.json) {
        Json json = Json::array();
        for (const Task &task : checkpoint.tasks()) {
            if (!wanted(options, task))
                continue;
            Json threads = Json::array();
            for (const Thread &thread : task.threads)
                threads.push_back({{"tid", thread.tid}, {"comm", thread.comm}});
            json.push_back({{"pid", task.pid}, {"state", taskStateName(task.state)}, {"threads", threads}});
        }
        std::cout << goText(json);
        return;
    }
    std::vector<std::vector<std::string>> rows{{"PID", "TID", "STATE", "COMM"}};
    for (const Task &task : checkpoint.tasks()) {
        for (const Thread &thread : task.threads) {
            if (wanted(options, task))
                rows.push_back({std::to_string(task.pid), std::to_string(thread.tid),
                                taskStateName(task.state), printable(thread.comm)});
        }
    }
    printTable(rows);
}

using Strings = std::vector<TaskString> (*)(const Memory &, uint32_t);

void printStrings(const Memory &memory, const Options &options, Strings strings, const char *name)
{
    Json json = Json::array();
    for (const Task &task : memory.checkpoint().tasks()) {
        if (!wanted(options, task))
            continue;
        const auto found = strings(memory, task.pid);
        if (options.json) {
            Json list = Json::array();
            for (const TaskString &each : found)
                list.push_back(
                    {{"address", hex(each.address)}, {"text", each.text}, {"complete", each.complete}});
            json.push_back({{"pid", task.pid}, {"comm", task.comm}, {name, std::move(list)}});
            continue;
        }
        std::cout << task.pid << " " << printable(task.comm) << "\n";
        for (const TaskString &each : found)
            std::cout << "\t" << printable(each.text) << (each.complete ? "" : " (not all of it is stored)")
                      << "\n";
    }
    if (options.json)
        std::cout << goText(json);
}

void printFiles(const Checkpoint &checkpoint, const Options &options)
{
    std::map<uint32_t, std::vector<std::string>> users; // by file id
    for (const Task &task : checkpoint.tasks()) {
        const std::string pid = std::to_string(task.pid);
        for (const OpenFile &file : task.files)
            users[file.fileId].push_back(pid + ":" + std::to_string(file.fd));
        users[task.cwdId].push_back(pid + ":cwd");
        users[task.rootId].push_back(pid + ":root");
        users[task.exeId].push_back(pid + ":exe");
    }
    Json json = Json::array();
    std::vector<std::vector<std::string>> rows{{"ID", "TYPE", "USED BY", "FILE"}};
    for (const FileEntry &file : checkpoint.files()) {
        const auto &used = users[file.id];
        if (options.pid) {
            const std::string prefix = std::to_string(*options.pid) + ":";
            if (std::none_of(used.begin(), used.end(),
                             [&prefix](const std::string &user) { return user.starts_with(prefix); }))
                continue;
        }
        if (options.json) {
            Json entry{{"id", file.id}, {"type", file.typeName}, {"description", file.description}};
            if (!file.path.empty())
                entry["path"] = file.path;
            entry["used_by"] = used;
            json.push_back(std::move(entry));
            continue;
        }
        constexpr size_t shown = 4; // users on a line
        std::string all;
        for (size_t i = 0; i < used.size() && i < shown; ++i)
            all += (i > 0 ? " " : "") + used[i];
        if (used.size() > shown)
            all += " +" + std::to_string(used.size() - shown);
        rows.push_back({std::to_string(file.id), file.typeName, dash(all), printable(file.description)});
    }
    if (options.json)
        std::cout << goText(json);
    else
        printTable(rows);
}

void printMounts(const Checkpoint &checkpoint, const Options &options)
{
    Json json = Json::array();
    std::vector<std::vector<std::string>> rows{
        {"NS", "ID", "PARENT", "DEVICE", "TYPE", "SOURCE", "ROOT", "MOUNT POINT"}};
    for (const MountInfo &mount : readMounts(checkpoint)) {
        if (options.json) {
            Json entry{{"ns", mount.namespaceId},  {"id", mount.id},
                       {"parent", mount.parent},   {"device", mount.device},
                       {"type", mount.fileSystem}, {"source", mount.source},
                       {"root", mount.root},       {"mountpoint", mount.mountPoint},
                       {"options", mount.options}, {"flags", hex(mount.flags)}};
            if (!mount.external.empty())
                entry["external"] = mount.external;
            json.push_back(std::move(entry));
            continue;
        }
        rows.push_back({std::to_string(mount.namespaceId), std::to_string(mount.id),
                        std::to_string(mount.parent), mount.device, dash(mount.fileSystem),
                        dash(mount.source), dash(mount.root), dash(mount.mountPoint)});
    }
    if (options.json)
        std::cout << goText(json);
    else
        printTable(rows);
}

/// Adds a command that prints by `print`, given the model (or, with `Memory`, the memory).
template <class Model, class Print>
void addView(CLI::App &app, Action &action, const char *name, const char *about, bool byTask, Print print)
{
    auto *command = app.add_subcommand(name, about);
    auto options = std::make_shared<Options>();
    command->add_option("CHECKPOINT", options->path, "Image directory or archive")->required();
    command->add_flag("--json", options->json, "Print JSON");
    if (byTask)
        command->add_option("--pid", options->pid, "Of this process only");
    command->callback([options, print, &action] {
        action = [options, print](Context &context) {
            if constexpr (std::is_same_v<Model, Memory>) {
                const auto memory = context.open(options->path);
                if (!memory)
                    return context.fail(memory.error());
                print(**memory, *options);
            } else {
                const auto checkpoint = context.openModel(options->path);
                if (!checkpoint)
                    return context.fail(checkpoint.error());
                print(**checkpoint, *options);
            }
            return context.finish();
        };
    });
}

} // namespace

void addViewCommands(CLI::App &app, Action &action)
{
    addView<Checkpoint>(app, action, "sk", "Sockets of each process; JSON in go-criu's form", true,
                        [](const Checkpoint &checkpoint, const Options &options) {
                            if (options.json)
                                std::cout << skJson(checkpoint);
                            else
                                printSockets(checkpoint, options);
                        });
    addView<Checkpoint>(app, action, "threads", "Threads of each process", true, printThreads);
    addView<Memory>(app, action, "env", "Initial environment of each process, from its memory", true,
                    [](const Memory &memory, const Options &options) {
                        printStrings(memory, options, taskEnvironment, "env");
                    });
    addView<Memory>(app, action, "args", "Arguments of each process, from its memory", true,
                    [](const Memory &memory, const Options &options) {
                        printStrings(memory, options, taskArguments, "args");
                    });
    addView<Checkpoint>(app, action, "files", "Open files, and who has them open", true, printFiles);
    addView<Checkpoint>(app, action, "mounts", "Mounts of all mount namespaces", false, printMounts);
}

} // namespace cryoscope::cli
