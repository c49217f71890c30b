// SPDX-License-Identifier: Apache-2.0
#include "tests/support/checkpointbuilder.h"

#include "tests/support/fail.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace cryoscope::test
{

namespace
{

// fd_types
constexpr uint32_t regularFile = 1;
constexpr uint32_t pipeFile = 2;
constexpr uint32_t inetSocket = 4;
constexpr uint32_t unixSocketFile = 5;
constexpr uint32_t memfdFile = 18;

constexpr uint32_t tcpProtocol = 6;
constexpr uint32_t established = 1;
constexpr uint32_t familyInet = 2;
constexpr uint32_t streamSocket = 1;
constexpr uint32_t defaultPipeSize = 65536; // bytes
constexpr uint32_t ghostRemap = 1;          // remap_type

std::string hexName(const char *prefix, uint32_t number)
{
    char text[64];
    std::snprintf(text, sizeof text, "%s-%x.img", prefix, number);
    return text;
}

/// The image that held a kind of files before there was files.img.
struct KindImage {
    std::string_view field;
    const char *fileName;
    const char *typeName;
};
constexpr KindImage kindImages[] = {
    {"reg", "reg-files.img", "REG_FILES"},
    {"pipe", "pipes.img", "PIPES"},
    {"fifo", "fifo.img", "FIFO"},
    {"isk", "inetsk.img", "INETSK"},
    {"usk", "unixsk.img", "UNIXSK"},
    {"efd", "eventfd.img", "EVENTFD_FILE"},
    {"epfd", "eventpoll.img", "EVENTPOLL_FILE"},
    {"ify", "inotify.img", "INOTIFY_FILE"},
    {"sgfd", "signalfd.img", "SIGNALFD"},
    {"psk", "packetsk.img", "PACKETSK"},
    {"tty", "tty.img", "TTY_FILES"},
    {"ffy", "fanotify.img", "FANOTIFY_FILE"},
    {"nlsk", "netlinksk.img", "NETLINK_SK"},
    {"nsf", "ns-files.img", "NS_FILES"},
    {"tunf", "tunfile.img", "TUNFILE"},
    {"ext", "ext-files.img", "EXT_FILES"},
    {"tfd", "timerfd.img", "TIMERFD"},
};

} // namespace

CheckpointBuilder &CheckpointBuilder::byteOrder(ByteOrder order)
{
    m_order = order;
    for (TaskBuilder &task : m_tasks)
        task.m_order = order;
    return *this;
}

CheckpointBuilder &CheckpointBuilder::pagemapForm(PagemapForm form)
{
    m_form = form;
    return *this;
}

CheckpointBuilder &CheckpointBuilder::maxRun(uint64_t pages)
{
    m_maxRun = std::max<uint64_t>(pages, 1);
    return *this;
}

CheckpointBuilder &CheckpointBuilder::imageVersion(uint32_t version)
{
    m_imageVersion = version;
    return *this;
}

CheckpointBuilder &CheckpointBuilder::layout(SetLayout layout)
{
    m_layout = layout;
    if (layout == SetLayout::Version10)
        m_imageVersion = 1;
    return *this;
}

CheckpointBuilder &CheckpointBuilder::parent(std::string target)
{
    m_parent = std::move(target);
    return *this;
}

TaskBuilder &CheckpointBuilder::task(uint32_t pid, std::string comm, uint32_t ppid)
{
    if (ppid == 0 && !m_tasks.empty())
        ppid = m_tasks.front().pid();
    TaskBuilder &task = m_tasks.emplace_back(pid, ppid, std::move(comm), m_pageSize);
    task.m_order = m_order;
    return task;
}

uint32_t CheckpointBuilder::fileEntry(uint32_t type, std::string_view field, MessageBuilder entry)
{
    const auto id = static_cast<uint32_t>(m_files.size() + 1);
    entry.set("id", id).fillRequired();
    m_files.push_back({id, type, std::string(field), std::move(entry)});
    return id;
}

uint32_t CheckpointBuilder::file(const std::string &path, uint64_t size, uint32_t mode)
{
    return fileEntry(regularFile, "reg",
                     MessageBuilder("reg_file_entry").set("name", path).set("size", size).set("mode", mode));
}

uint32_t CheckpointBuilder::pipeEnd(uint32_t pipeId, bool writing)
{
    return fileEntry(pipeFile, "pipe",
                     MessageBuilder("pipe_entry").set("pipe_id", pipeId).set("flags", writing ? 1 : 0));
}

uint32_t CheckpointBuilder::pipe(uint32_t pipeId, std::string_view data)
{
    MessageBuilder entry("pipe_data_entry");
    entry.set("pipe_id", pipeId).set("bytes", data.size()).set("size", defaultPipeSize);
    m_pipeData.emplace_back(std::move(entry), std::string(data));
    return pipeEnd(pipeId, false);
}

uint32_t CheckpointBuilder::unixSocket(uint32_t ino, uint32_t peer, std::string_view name)
{
    return fileEntry(unixSocketFile, "usk",
                     MessageBuilder("unix_sk_entry")
                         .set("ino", ino)
                         .set("type", streamSocket)
                         .set("state", established)
                         .set("peer", peer)
                         .set("name", name));
}

CheckpointBuilder &CheckpointBuilder::socketPacket(uint32_t fileId, std::string_view data)
{
    m_packets.emplace_back(MessageBuilder("sk_packet_entry").set("id_for", fileId).set("length", data.size()),
                           std::string(data));
    return *this;
}

uint32_t CheckpointBuilder::tcpSocket(uint32_t ino, std::string_view input, std::string_view output)
{
    MessageBuilder stream("tcp_stream_entry");
    stream.set("inq_len", input.size()).set("outq_len", output.size()).fillRequired();
    m_streams.push_back({ino, std::move(stream), std::string(input) + std::string(output)});
    return fileEntry(inetSocket, "isk",
                     MessageBuilder("inet_sk_entry")
                         .set("ino", ino)
                         .set("family", familyInet)
                         .set("type", streamSocket)
                         .set("proto", tcpProtocol)
                         .set("state", established)
                         .set("src_port", 8080)
                         .set("dst_port", 40000)
                         .set("src_addr", 0x0100007f)
                         .set("dst_addr", 0x0100007f));
}

uint32_t CheckpointBuilder::memfd(const std::string &name, uint64_t shmid, uint64_t size)
{
    const auto inode = static_cast<uint32_t>(m_memfds.size() + 1);
    m_memfds.push_back(MessageBuilder("memfd_inode_entry")
                           .set("name", name)
                           .set("size", size)
                           .set("shmid", shmid)
                           .set("inode_id", inode)
                           .fillRequired());
    return fileEntry(memfdFile, "memfd", MessageBuilder("memfd_file_entry").set("inode_id", inode));
}

uint32_t CheckpointBuilder::ghostFile(const std::string &path, std::string_view content)
{
    const uint32_t id = file(path, content.size());
    Ghost ghost{static_cast<uint32_t>(m_ghosts.size() + 1), {}};
    ghost.records.emplace_back(MessageBuilder("ghost_file_entry").set("mode", 0100600).fillRequired(),
                               std::string(content));
    m_remaps.push_back(MessageBuilder("remap_file_path_entry")
                           .set("orig_id", id)
                           .set("remap_id", ghost.id)
                           .set("remap_type", ghostRemap));
    m_ghosts.push_back(std::move(ghost));
    return id;
}

uint32_t CheckpointBuilder::ghostFile(const std::string &path, uint64_t size,
                                      const std::map<uint64_t, std::string> &chunks)
{
    const uint32_t id = ghostFile(path, {});
    Ghost &ghost = m_ghosts.back();
    ghost.records.clear();
    ghost.records.emplace_back(MessageBuilder("ghost_file_entry")
                                   .set("mode", 0100600)
                                   .set("chunks", true)
                                   .set("size", size)
                                   .fillRequired(),
                               std::string());
    for (const auto &[offset, content] : chunks)
        ghost.records.emplace_back(
            MessageBuilder("ghost_chunk_entry").set("len", content.size()).set("off", offset), content);
    return id;
}

PagesBuilder &CheckpointBuilder::sharedObject(uint64_t shmid)
{
    return m_shared.try_emplace(shmid, m_pageSize).first->second;
}

CheckpointBuilder &CheckpointBuilder::member(const std::string &name, std::string content)
{
    m_members[name] = std::move(content);
    return *this;
}

CheckpointBuilder &CheckpointBuilder::without(const std::string &name)
{
    m_without.push_back(name);
    return *this;
}

ImageBuilder CheckpointBuilder::image(std::string_view typeName) const
{
    ImageBuilder builder(typeName, m_order);
    if (m_imageVersion == 1)
        builder.headMagic(std::nullopt);
    return builder;
}

uint32_t CheckpointBuilder::pagesIdOfTask(uint32_t pid) const
{
    uint32_t id = 0;
    for (const TaskBuilder &task : m_tasks) {
        if (task.dead())
            continue;
        ++id;
        if (task.pid() == pid)
            return id;
    }
    fail("no such task with memory");
}

uint32_t CheckpointBuilder::pagesIdOfShared(uint64_t shmid) const
{
    auto id = static_cast<uint32_t>(
        std::count_if(m_tasks.begin(), m_tasks.end(), [](const TaskBuilder &task) { return !task.dead(); }));
    for (const auto &[candidate, pages] : m_shared) {
        ++id;
        if (candidate == shmid)
            return id;
    }
    fail("no such shared object");
}

std::string CheckpointBuilder::pagesFileOfTask(uint32_t pid) const
{
    return "pages-" + std::to_string(pagesIdOfTask(pid)) + ".img";
}

std::string CheckpointBuilder::pagesFileOfShared(uint64_t shmid) const
{
    return "pages-" + std::to_string(pagesIdOfShared(shmid)) + ".img";
}

uint32_t CheckpointBuilder::typeOf(uint32_t fileId) const
{
    for (const File &file : m_files) {
        if (file.id == fileId)
            return file.type;
    }
    return regularFile; // a test may want a descriptor that leads nowhere
}

MessageBuilder CheckpointBuilder::ids(size_t taskIndex) const
{
    const auto own = static_cast<uint32_t>(taskIndex + 1);
    MessageBuilder ids("task_kobj_ids_entry");
    ids.set("vm_id", own).set("files_id", own).set("fs_id", own).set("sighand_id", own);
    for (const char *name : {"pid_ns_id", "net_ns_id", "ipc_ns_id", "uts_ns_id", "mnt_ns_id", "user_ns_id"})
        ids.set(name, 1);
    return ids;
}

void CheckpointBuilder::addTask(const TaskBuilder &task, size_t index,
                                std::map<std::string, std::string> &members) const
{
    const std::string suffix = "-" + std::to_string(task.pid()) + ".img";
    members["core" + suffix] = image("CORE").record(task.core()).bytes();
    if (task.dead())
        return;
    for (const auto &[tid, comm] : task.m_threads) {
        MessageBuilder core("core_entry");
        core.set("mtype", 1)
            .set("thread_core", MessageBuilder("thread_core_entry").set("comm", comm).fillRequired());
        members["core-" + std::to_string(tid) + ".img"] = image("CORE").record(core).bytes();
    }
    members["ids" + suffix] = image("IDS").record(ids(index)).bytes();
    const bool old = m_layout == SetLayout::Version10;
    members["mm" + suffix] = image("MM").record(task.mm(!old)).bytes();
    if (old) {
        ImageBuilder vmas = image("VMAS");
        for (const auto &vma : task.allVmas())
            vmas.record(TaskBuilder::vmaEntry(vma));
        members["vmas" + suffix] = vmas.bytes();
        addOldTaskImages(suffix, members);
    }
    members["fs" + suffix] = image("FS")
                                 .record(MessageBuilder("fs_entry")
                                             .set("cwd_id", task.m_cwd)
                                             .set("root_id", task.m_root)
                                             .set("umask", 022))
                                 .bytes();
    ImageBuilder fdinfo = image("FDINFO");
    for (const auto &descriptor : task.m_descriptors)
        fdinfo.record(MessageBuilder("fdinfo_entry")
                          .set("id", descriptor.fileId)
                          .set("flags", descriptor.flags)
                          .set("type", typeOf(descriptor.fileId))
                          .set("fd", descriptor.fd));
    members["fdinfo-" + std::to_string(old ? task.pid() : index + 1) + ".img"] = fdinfo.bytes();
    const PagesBuilder pages = task.allPages();
    if (old) {
        members["pages" + suffix] = pages.oldPages(m_order);
        return;
    }
    members["pagemap" + suffix] =
        pages.pagemap(pagesIdOfTask(task.pid()), m_form, m_maxRun, m_order, m_imageVersion != 1);
    members[pagesFileOfTask(task.pid())] = pages.pages();
}

void CheckpointBuilder::addCommon(std::map<std::string, std::string> &members) const
{
    members["inventory.img"] =
        image("INVENTORY")
            .record(MessageBuilder("inventory_entry")
                        .set("img_version", m_imageVersion)
                        .set("fdinfo_per_id", m_layout != SetLayout::Version10)
                        .set("root_ids", ids(0))
                        .set("ns_per_id", m_layout != SetLayout::Version10)
                        .set("dump_criu_run_id", "00000000-0000-4000-8000-000000000000"))
            .bytes();
    const auto list = [this, &members](const char *name, const char *type, const auto &records) {
        if (records.empty())
            return;
        ImageBuilder builder = image(type);
        for (const auto &[message, payload] : records)
            builder.record(message, payload);
        members[name] = builder.bytes();
    };
    list("pipes-data.img", "PIPES_DATA", m_pipeData);
    list("sk-queues.img", "SK_QUEUES", m_packets);
    for (const Ghost &ghost : m_ghosts)
        list(hexName("ghost-file", ghost.id).c_str(), "GHOST_FILE", ghost.records);
    for (const Stream &stream : m_streams)
        members[hexName("tcp-stream", stream.ino)] =
            image("TCP_STREAM").record(stream.entry, stream.queues).bytes();
    if (!m_memfds.empty()) {
        ImageBuilder builder = image("MEMFD_INODE");
        for (const MessageBuilder &memfd : m_memfds)
            builder.record(memfd);
        members["memfd.img"] = builder.bytes();
    }
    if (!m_remaps.empty()) {
        ImageBuilder builder = image("REMAP_FPATH");
        for (const MessageBuilder &remap : m_remaps)
            builder.record(remap);
        members["remap-fpath.img"] = builder.bytes();
    }
    addFiles(members);
    for (const auto &[shmid, pages] : m_shared) {
        if (m_layout == SetLayout::Version10) {
            members["pages-shmem-" + std::to_string(shmid) + ".img"] = pages.oldPages(m_order);
            continue;
        }
        members["pagemap-shmem-" + std::to_string(shmid) + ".img"] =
            pages.pagemap(pagesIdOfShared(shmid), m_form, m_maxRun, m_order, m_imageVersion != 1);
        members[pagesFileOfShared(shmid)] = pages.pages();
    }
}

void CheckpointBuilder::addFiles(std::map<std::string, std::string> &members) const
{
    if (m_layout == SetLayout::Current) {
        ImageBuilder files = image("FILES");
        for (const File &file : m_files)
            files.record(MessageBuilder("file_entry")
                             .set("type", file.type)
                             .set("id", file.id)
                             .set(file.field, file.entry));
        members["files.img"] = files.bytes();
        return;
    }
    for (const KindImage &kind : kindImages) {
        ImageBuilder files = image(kind.typeName);
        bool any = false;
        for (const File &file : m_files) {
            if (file.field != kind.field)
                continue;
            files.record(file.entry);
            any = true;
        }
        if (any)
            members[kind.fileName] = files.bytes();
    }
}

void CheckpointBuilder::addOldTaskImages(const std::string &suffix,
                                         std::map<std::string, std::string> &members) const
{
    const auto one = [&](const char *prefix, const char *type, const char *message, int count) {
        ImageBuilder builder = image(type);
        for (int i = 0; i < count; ++i)
            builder.record(MessageBuilder(message).fillRequired());
        members[prefix + suffix] = builder.bytes();
    };
    one("creds", "CREDS", "creds_entry", 1);
    one("sigacts", "SIGACT", "sa_entry", 62);
    one("itimers", "ITIMERS", "itimer_entry", 3);
    one("posix-timers", "POSIX_TIMERS", "posix_timer_entry", 1);
    one("rlimit", "RLIMIT", "rlimit_entry", 16);
    one("signal-s", "SIGNAL", "siginfo_entry", 1);
    one("signal-p", "SIGNAL", "siginfo_entry", 1);
}

std::map<std::string, std::string> CheckpointBuilder::members() const
{
    std::map<std::string, std::string> all;
    addCommon(all);
    ImageBuilder tree = image("PSTREE");
    for (size_t i = 0; i < m_tasks.size(); ++i) {
        const TaskBuilder &task = m_tasks[i];
        MessageBuilder entry("pstree_entry");
        entry.set("pid", task.pid())
            .set("ppid", task.m_ppid)
            .set("pgid", task.m_pgid != 0 ? task.m_pgid : task.pid())
            .set("sid", task.m_sid != 0 ? task.m_sid : task.pid())
            .set("threads", task.pid());
        for (const auto &[tid, comm] : task.m_threads)
            entry.set("threads", tid);
        tree.record(entry);
        addTask(task, i, all);
    }
    all["pstree.img"] = tree.bytes();
    for (const auto &[name, content] : m_members)
        all[name] = content;
    for (const std::string &name : m_without)
        all.erase(name);
    return all;
}

void CheckpointBuilder::writeTo(const std::string &dir) const
{
    namespace fs = std::filesystem;
    fs::create_directories(dir);
    for (const auto &[name, content] : members()) {
        const fs::path path = fs::path(dir) / name;
        fs::create_directories(path.parent_path());
        std::ofstream file(path, std::ios::binary);
        file.write(content.data(), static_cast<std::streamsize>(content.size()));
        file.close();
        if (!file)
            fail("cannot write " + path.string());
    }
    if (!m_parent.empty())
        fs::create_symlink(m_parent, fs::path(dir) / "parent");
}

} // namespace cryoscope::test
