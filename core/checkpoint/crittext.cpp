// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/crittext.h"

#include "core/checkpoint/fileentry.h"

#include <cstdarg>
#include <cstdio>
#include <map>
#include <set>

namespace cryoscope
{

namespace
{

/// Formats like printf; what crit prints is specified in these terms.
[[gnu::format(printf, 1, 2)]] std::string format(const char *pattern, ...)
{
    va_list arguments;
    va_start(arguments, pattern);
    va_list copy;
    va_copy(copy, arguments);
    const int length = std::vsnprintf(nullptr, 0, pattern, copy);
    va_end(copy);
    std::string text(length > 0 ? static_cast<size_t>(length) : 0, '\0');
    std::vsnprintf(text.data(), text.size() + 1, pattern, arguments);
    va_end(arguments);
    return text;
}

/// What crit calls the file entry `id` that is looked up as `type`.
std::string fileText(const Checkpoint &checkpoint, uint32_t type, uint32_t id)
{
    const FileEntry *file = checkpoint.file(id);
    const bool same = file != nullptr && file->type == type;
    switch (type) {
    case FdReg:
        return same ? file->critText : "unknown path";
    case FdPipe:
        return same ? file->critText : "pipe[?]";
    case FdUnixSocket:
        return same ? file->critText : "unix[?]";
    default:
        return fdTypeName(type, *checkpoint.schema()) + "." + std::to_string(id);
    }
}

/// The suffix of a line of `mems`; `objects` numbers shared memory and packet sockets, whatever
/// their kind, in order of first use.
std::string vmaText(const Checkpoint &checkpoint, const Vma &vma, std::map<uint64_t, size_t> &objects)
{
    constexpr uint32_t mapGrowsDown = 0x100; // MAP_GROWSDOWN
    if (vma.is(VmaSysvIpc | VmaAnonShared | VmaSocket)) {
        const size_t ordinal = objects.try_emplace(vma.shmid, objects.size() + 1).first->second;
        return format(vma.is(VmaSysvIpc)      ? " ips[%zx]"
                      : vma.is(VmaAnonShared) ? " shmem[%zx]"
                                              : " packet[%zx]",
                      ordinal);
    }
    if (vma.is(VmaFilePrivate | VmaFileShared)) {
        std::string text = " " + fileText(checkpoint, FdReg, static_cast<uint32_t>(vma.shmid));
        if (vma.fileOffset != 0)
            text += format(" + 0x%llx", static_cast<unsigned long long>(vma.fileOffset));
        return vma.is(VmaFileShared) ? text + " (s)" : text;
    }
    if (vma.is(VmaStack))
        return " [stack]";
    if (vma.is(VmaVsyscall))
        return " [vsyscall]";
    if (vma.is(VmaVdso))
        return " [vdso]";
    if ((vma.flags & mapGrowsDown) != 0)
        return " [stack?]";
    return {};
}

/// Depth-first order with depths: the tree of the last root, then whatever hangs nowhere (crit fails at
/// these).
std::vector<std::pair<const Task *, size_t>> treeOrder(const Checkpoint &checkpoint)
{
    std::map<uint32_t, std::vector<const Task *>> children;
    const Task *root = nullptr;
    for (const auto &task : checkpoint.tasks()) {
        if (task.ppid == 0)
            root = &task;
        else
            children[task.ppid].push_back(&task);
    }
    std::vector<std::pair<const Task *, size_t>> order;
    std::set<const Task *> visited;
    const auto walk = [&](const Task *from) {
        std::vector<std::pair<const Task *, size_t>> stack{{from, 0}};
        while (!stack.empty()) {
            const auto [task, depth] = stack.back();
            stack.pop_back();
            if (!visited.insert(task).second)
                continue;
            order.emplace_back(task, depth);
            const auto &below = children[task->pid];
            for (auto child = below.rbegin(); child != below.rend(); ++child)
                stack.emplace_back(*child, depth + 1);
        }
    };
    if (root != nullptr)
        walk(root);
    for (const auto &task : checkpoint.tasks())
        walk(&task);
    return order;
}

} // namespace

std::string critMappedFile(const Checkpoint &checkpoint, uint32_t id)
{
    return fileText(checkpoint, FdReg, id);
}

std::string critPs(const Checkpoint &checkpoint)
{
    std::string text = format("%7s%7s%7s   %s\n", "PID", "PGID", "SID", "COMM");
    for (const auto &[task, depth] : treeOrder(checkpoint)) {
        text += format("%7u%7u%7u   ", task->pid, task->pgid, task->sid);
        text += std::string(4 * depth, ' ') + task->comm + "\n";
    }
    return text;
}

std::string critFds(const Checkpoint &checkpoint)
{
    std::string text;
    for (const auto &task : checkpoint.tasks()) {
        text += std::to_string(task.pid) + "\n";
        if (task.state == TaskState::Dead || task.state == TaskState::Zombie)
            continue;
        for (const auto &file : task.files)
            text += format("\t%7u: ", file.fd) + fileText(checkpoint, file.type, file.fileId) + "\n";
        text += format("\t%7s: ", "cwd") + fileText(checkpoint, FdReg, task.cwdId) + "\n";
        text += format("\t%7s: ", "root") + fileText(checkpoint, FdReg, task.rootId) + "\n";
    }
    return text;
}

std::string critMems(const Checkpoint &checkpoint)
{
    std::string text;
    std::map<uint64_t, size_t> objects;
    for (const auto &task : checkpoint.tasks()) {
        text += std::to_string(task.pid) + "\n";
        if (!task.hasMemory)
            continue;
        text += format("\t%-36s    ", "exe") + fileText(checkpoint, FdReg, task.exeId) + "\n";
        for (const auto &vma : task.vmas) {
            const std::string range = format("%08llx-%08llx", static_cast<unsigned long long>(vma.start),
                                             static_cast<unsigned long long>(vma.end));
            text += format("\t%-36s", range.c_str());
            text += (vma.protection & 1) != 0 ? 'r' : '-';
            text += (vma.protection & 2) != 0 ? 'w' : '-';
            text += (vma.protection & 4) != 0 ? 'x' : '-';
            text += vmaText(checkpoint, vma, objects);
            text += vma.is(VmaRegular) ? "\n" : " *\n";
        }
    }
    return text;
}

} // namespace cryoscope
