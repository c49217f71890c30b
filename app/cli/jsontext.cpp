// SPDX-License-Identifier: Apache-2.0
#include "app/cli/jsontext.h"

#include "app/cli/context.h"

#include <nlohmann/json.hpp>
#include <set>

namespace cryoscope::cli
{

namespace
{

using Json = nlohmann::ordered_json;

/// As Go's encoder writes it: in strings & < > are escaped; they stand nowhere else in JSON.
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

std::string resource(const Checkpoint &checkpoint, const Vma &vma, std::map<uint64_t, size_t> &packets)
{
    if (vma.is(VmaFilePrivate | VmaFileShared)) {
        std::string text = fileText(checkpoint, static_cast<uint32_t>(vma.shmid));
        if (vma.fileOffset != 0)
            text += " + " + hex(vma.fileOffset);
        return vma.is(VmaFileShared) ? text + " (s)" : text;
    }
    if (vma.is(VmaSysvIpc))
        return "ips[" + std::to_string(vma.shmid) + "]";
    if (vma.is(VmaAnonShared))
        return "shmem[" + std::to_string(vma.shmid) + "]";
    if (vma.is(VmaSocket))
        return "packet[" + std::to_string(packets.try_emplace(vma.shmid, packets.size()).first->second) + "]";
    if (vma.is(VmaStack))
        return "[stack]";
    if (vma.is(VmaVsyscall))
        return "[vsyscall]";
    if (vma.is(VmaVdso))
        return "[vdso]";
    return (vma.flags & 0x100u) != 0 ? "[stack?]" : "";
}

std::string bareHex(uint64_t number)
{
    return hex(number).substr(2);
}

} // namespace

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
    std::map<uint64_t, size_t> packets;
    for (const Task &task : checkpoint.tasks()) {
        if (!task.hasMemory)
            continue;
        Json mems = Json::array();
        for (const Vma &vma : task.vmas) {
            Json entry{{"start", bareHex(vma.start)},
                       {"end", bareHex(vma.end)},
                       {"protection", vma.permissions().substr(0, 3)}};
            if (auto text = resource(checkpoint, vma, packets); !text.empty())
                entry["resource"] = std::move(text);
            mems.push_back(std::move(entry));
        }
        json.push_back(
            {{"pid", task.pid}, {"exe", fileText(checkpoint, task.exeId)}, {"mems", std::move(mems)}});
    }
    return goText(json);
}

} // namespace cryoscope::cli
