// SPDX-License-Identifier: Apache-2.0
#include "app/cli/jsontext.h"

#include "app/cli/context.h"

#include "core/checkpoint/fileentry.h"
#include "core/checkpoint/socketinfo.h"

#include <array>
#include <cstdio>
#include <set>

namespace cryoscope::cli
{

namespace
{

using Json = nlohmann::ordered_json;

std::string fileText(const Checkpoint &checkpoint, uint32_t id)
{
    const FileEntry *file = checkpoint.file(id);
    if (file == nullptr)
        return "unknown";
    if (!file->critText.empty())
        return file->critText;
    return file->typeName + "." + std::to_string(id);
}

Json taskTree(const Checkpoint &checkpoint, const Task &task, std::set<uint32_t> &seen)
{
    seen.insert(task.pid);
    Json json{{"pid", task.pid}, {"pgid", task.pgid}, {"sid", task.sid}, {"comm", task.comm}};
    for (const Task &child : checkpoint.tasks()) {
        constexpr size_t deepest = 1000; // of a tree that makes sense
        if (child.ppid == task.pid && !seen.contains(child.pid) && seen.size() < deepest)
            json["children"].push_back(taskTree(checkpoint, child, seen));
    }
    return json;
}

/// Areas of sockets and shared memory are numbered in the order of their first use.
std::string resource(const Checkpoint &checkpoint, const Vma &vma, std::map<uint64_t, size_t> &shared)
{
    const auto ordinal = [&shared, &vma] {
        return "[" + std::to_string(shared.try_emplace(vma.shmid, shared.size()).first->second) + "]";
    };
    std::string text;
    if (vma.is(VmaFilePrivate | VmaFileShared)) {
        text = fileText(checkpoint, static_cast<uint32_t>(vma.shmid));
        if (vma.fileOffset != 0)
            text += " + " + hex(vma.fileOffset);
        if (vma.is(VmaFileShared))
            text += " (s)";
    } else if (vma.is(VmaVdso)) {
        text = "[vdso]";
    } else if (vma.is(VmaVsyscall)) {
        text = "[vsyscall]";
    } else if (vma.is(VmaStack)) {
        text = "[stack]";
    } else if ((vma.flags & 0x100u) != 0) { // MAP_GROWSDOWN
        text = "[stack?]";
    } else if (vma.is(VmaSocket)) {
        text = "packet" + ordinal();
    } else if (vma.is(VmaSysvIpc)) {
        text = "ips" + ordinal();
    } else if (vma.is(VmaAnonShared)) {
        text = "shmem" + ordinal();
    }
    return vma.is(VmaRegular) ? text : text + " *";
}

std::string bareHex(uint64_t number)
{
    return hex(number).substr(2);
}

/// "208.0 KB", "17 B".
std::string bytesText(uint64_t bytes)
{
    constexpr uint64_t unit = 1024;
    if (bytes < unit)
        return std::to_string(bytes) + " B";
    static constexpr std::string_view prefixes = "KMGTPE";
    double value = static_cast<double>(bytes) / unit;
    size_t prefix = 0;
    for (; value >= unit && prefix + 1 < prefixes.size(); ++prefix)
        value /= unit;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f %cB", value, prefixes[prefix]);
    return text.data();
}

/// One pagemap entry with the VMAs it lies in; `index` and `previous` go on from entry to entry.
Json rssEntry(const Checkpoint &checkpoint, const Task &task, const PagemapEntry &entry, uint64_t pageSize,
              size_t &index, size_t &previous)
{
    Json json{{"phy_addr", bareHex(entry.address)}};
    if (entry.pages != 0)
        json["phy_pages"] = entry.pages;
    const auto &vmas = task.vmas;
    while (index < vmas.size() && vmas[index].end <= entry.address)
        ++index;
    std::string file;
    bool any = false;
    for (; index < vmas.size() && vmas[index].start < entry.address + entry.pages * pageSize; ++index) {
        const Vma &vma = vmas[index];
        any = true;
        if (index == previous) {
            json["vmas"].push_back({{"addr", "~"}});
            continue;
        }
        json["vmas"].push_back({{"addr", bareHex(vma.start)}, {"pages", (vma.end - vma.start) / pageSize}});
        if (vma.is(VmaFilePrivate | VmaFileShared))
            file = fileText(checkpoint, static_cast<uint32_t>(vma.shmid));
        previous = index;
    }
    if (any)
        --index;
    if (!file.empty())
        json["resource"] = file;
    return json;
}

Json socketJson(const OpenFile &file, const SocketInfo &socket, const std::string &typeName)
{
    Json json{{"fd", file.fd}, {"fd_type", typeName}};
    const auto add = [&json](const char *name, const std::string &text) {
        if (!text.empty())
            json[name] = text;
    };
    // go-criu tells the family of internet sockets only: that of the others is their fd_type.
    if (socket.type == FdInetSocket)
        add("family", socket.family);
    add("protocol", socket.protocol);
    add("type", socket.kind);
    add("state", socket.state);
    add("src_addr", socket.source);
    if (socket.sourcePort != 0)
        json["src_port"] = socket.sourcePort;
    add("dest_addr", socket.destination);
    if (socket.destinationPort != 0)
        json["dest_port"] = socket.destinationPort;
    json["send_buf"] = bytesText(socket.sendBuffer);
    json["recv_buf"] = bytesText(socket.receiveBuffer);
    return json;
}

} // namespace

std::string goText(const Json &json)
{
    std::string out;
    for (const char c : json.dump(4, ' ', false, Json::error_handler_t::replace)) {
        if (c == '&')
            out += "\\u0026";
        else if (c == '<')
            out += "\\u003c";
        else if (c == '>')
            out += "\\u003e";
        else
            out += c;
    }
    return out + "\n";
}

std::string psJson(const Checkpoint &checkpoint)
{
    std::set<uint32_t> seen;
    Json json;
    for (const Task &task : checkpoint.tasks()) {
        if (task.ppid == 0)
            json = taskTree(checkpoint, task, seen);
    }
    return goText(json);
}

std::string fdsJson(const Checkpoint &checkpoint)
{
    Json json = Json::array();
    for (const Task &task : checkpoint.tasks()) {
        if (task.state == TaskState::Dead || task.state == TaskState::Zombie)
            continue;
        Json files = Json::array();
        for (const OpenFile &file : task.files) {
            const FileEntry *entry = checkpoint.file(file.fileId);
            files.push_back({{"fd", std::to_string(file.fd)},
                             {"type", entry != nullptr ? entry->typeName : std::string()},
                             {"path", fileText(checkpoint, file.fileId)}});
        }
        files.push_back({{"fd", "cwd"}, {"path", fileText(checkpoint, task.cwdId)}});
        files.push_back({{"fd", "root"}, {"path", fileText(checkpoint, task.rootId)}});
        json.push_back({{"pid", task.pid}, {"files", std::move(files)}});
    }
    return goText(json);
}

std::string memsJson(const Checkpoint &checkpoint)
{
    Json json = Json::array();
    std::map<uint64_t, size_t> shared;
    for (const Task &task : checkpoint.tasks()) {
        if (!task.hasMemory)
            continue;
        Json mems = Json::array();
        for (const Vma &vma : task.vmas) {
            Json entry{{"start", bareHex(vma.start)},
                       {"end", bareHex(vma.end)},
                       {"protection", vma.permissions().substr(0, 3)}};
            if (auto text = resource(checkpoint, vma, shared); !text.empty())
                entry["resource"] = std::move(text);
            mems.push_back(std::move(entry));
        }
        json.push_back(
            {{"pid", task.pid}, {"exe", fileText(checkpoint, task.exeId)}, {"mems", std::move(mems)}});
    }
    return goText(json);
}

std::string rssJson(const Memory &memory)
{
    const Checkpoint &checkpoint = memory.checkpoint();
    Json json = Json::array();
    for (const Task &task : checkpoint.tasks()) {
        const PageMap *map = memory.pageMap(task.pid);
        if (map == nullptr || !task.hasMemory)
            continue;
        Json entries = Json::array();
        size_t index = 0;
        size_t previous = task.vmas.size();
        for (const PagemapEntry &entry : map->entries())
            entries.push_back(rssEntry(checkpoint, task, entry, map->pageSize(), index, previous));
        Json one{{"pid", task.pid}};
        if (!entries.empty())
            one["rss"] = std::move(entries);
        json.push_back(std::move(one));
    }
    return goText(json);
}

std::string skJson(const Checkpoint &checkpoint)
{
    const auto sockets = readSockets(checkpoint);
    Json json = Json::array();
    for (const Task &task : checkpoint.tasks()) {
        Json list = Json::array();
        for (const OpenFile &file : task.files) {
            if (const auto socket = sockets.find(file.fileId); socket != sockets.end())
                list.push_back(
                    socketJson(file, socket->second, fdTypeName(socket->second.type, *checkpoint.schema())));
        }
        if (!list.empty())
            json.push_back({{"pid", task.pid}, {"sockets", std::move(list)}});
    }
    return goText(json);
}

} // namespace cryoscope::cli
