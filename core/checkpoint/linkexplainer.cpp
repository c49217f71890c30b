// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/linkexplainer.h"

#include "core/checkpoint/imagenames.h"
#include "core/image/critformat.h"

#include <algorithm>
#include <array>

namespace cryoscope
{

namespace
{

/// How the number of a field names something. Source: CRIU 4.2's image format.
enum class Names {
    File,        ///< a file entry
    Record,      ///< a record of `image` whose `path` is the number
    Element,     ///< an element of `path` in `image`
    Image,       ///< `image` + number + ".img"
    HexImage,    ///< the same in hexadecimal
    Namespace,   ///< images of a namespace; `path` is the clone flag, empty: in the field ns_cflag
    Descriptors, ///< of a task
    Shared,      ///< pages of shared memory
    Mount,
    Task
};

struct Rule {
    std::string_view message;
    std::string_view field;
    Names names;
    std::string_view image;
    std::string_view path;
};

constexpr Rule rules[] = {
    {"fdinfo_entry", "id", Names::File, "", ""},
    {"fs_entry", "cwd_id", Names::File, "", ""},
    {"fs_entry", "root_id", Names::File, "", ""},
    {"mm_entry", "exe_file_id", Names::File, "", ""},
    {"fifo_entry", "regf_id", Names::File, "", ""},
    {"tty_file_entry", "regf_id", Names::File, "", ""},
    {"sk_packet_entry", "id_for", Names::File, "", ""},
    {"scm_entry", "rights", Names::File, "", ""},
    {"remap_file_path_entry", "orig_id", Names::File, "", ""},
    {"eventpoll_tfd_entry", "id", Names::File, "", ""},
    {"inotify_wd_entry", "id", Names::File, "", ""},
    {"fanotify_mark_entry", "id", Names::File, "", ""},
    {"reg_file_entry", "id", Names::Record, "remap-fpath.img", "orig_id"},
    {"pipe_entry", "pipe_id", Names::Record, "pipes-data.img", "pipe_id"},
    {"fifo_entry", "pipe_id", Names::Record, "fifo-data.img", "pipe_id"},
    {"pipe_data_entry", "pipe_id", Names::Record, "files.img", "pipe.pipe_id"},
    {"pipe_data_entry", "pipe_id", Names::Record, "files.img", "fifo.pipe_id"},
    {"pipe_data_entry", "pipe_id", Names::Record, "pipes.img", "pipe_id"},
    {"pipe_data_entry", "pipe_id", Names::Record, "fifo.img", "pipe_id"},
    {"unix_sk_entry", "peer", Names::Record, "files.img", "usk.ino"},
    {"unix_sk_entry", "peer", Names::Record, "unixsk.img", "ino"},
    {"unix_sk_entry", "id", Names::Record, "sk-queues.img", "id_for"},
    {"inet_sk_entry", "ino", Names::HexImage, "tcp-stream-", ""},
    {"tty_file_entry", "tty_info_id", Names::Record, "tty-info.img", "id"},
    {"tty_data_entry", "tty_id", Names::Record, "tty-info.img", "id"},
    {"tty_info_entry", "id", Names::Record, "tty-data.img", "tty_id"},
    {"memfd_file_entry", "inode_id", Names::Record, "memfd.img", "inode_id"},
    {"memfd_inode_entry", "shmid", Names::Shared, "", ""},
    {"ipc_desc_entry", "id", Names::Shared, "", ""},
    {"bpfmap_file_entry", "map_id", Names::Record, "bpfmap-data.img", "map_id"},
    {"bpfmap_data_entry", "map_id", Names::Record, "files.img", "bpf.map_id"},
    {"pagemap_head", "pages_id", Names::Image, "pages-", ""},
    {"task_kobj_ids_entry", "files_id", Names::Descriptors, "", ""},
    {"task_kobj_ids_entry", "pid_ns_id", Names::Namespace, "", "pid"},
    {"task_kobj_ids_entry", "net_ns_id", Names::Namespace, "", "net"},
    {"task_kobj_ids_entry", "ipc_ns_id", Names::Namespace, "", "ipc"},
    {"task_kobj_ids_entry", "uts_ns_id", Names::Namespace, "", "uts"},
    {"task_kobj_ids_entry", "mnt_ns_id", Names::Namespace, "", "mnt"},
    {"task_kobj_ids_entry", "user_ns_id", Names::Namespace, "", "user"},
    {"task_kobj_ids_entry", "time_ns_id", Names::Namespace, "", "time"},
    {"ns_file_entry", "ns_id", Names::Namespace, "", ""},
    {"inet_sk_entry", "ns_id", Names::Namespace, "", "net"},
    {"unix_sk_entry", "ns_id", Names::Namespace, "", "net"},
    {"packet_sock_entry", "ns_id", Names::Namespace, "", "net"},
    {"netlink_sk_entry", "ns_id", Names::Namespace, "", "net"},
    {"tunfile_entry", "ns_id", Names::Namespace, "", "net"},
    {"task_core_entry", "cg_set", Names::Record, "cgroup.img", "sets.id"},
    {"thread_core_entry", "cg_set", Names::Record, "cgroup.img", "sets.id"},
    {"inventory_entry", "root_cg_set", Names::Record, "cgroup.img", "sets.id"},
    {"thread_core_entry", "seccomp_filter", Names::Element, "seccomp.img", "seccomp_filters"},
    {"task_core_entry", "old_seccomp_filter", Names::Element, "seccomp.img", "seccomp_filters"},
    {"seccomp_filter", "prev", Names::Element, "seccomp.img", "seccomp_filters"},
    {"reg_file_entry", "mnt_id", Names::Mount, "", ""},
    {"unix_sk_entry", "mnt_id", Names::Mount, "", ""},
    {"mnt_entry", "parent_mnt_id", Names::Mount, "", ""},
    {"fh_entry", "mnt_id", Names::Mount, "", ""},
    {"fanotify_mount_mark_entry", "mnt_id", Names::Mount, "", ""},
    {"pstree_entry", "pid", Names::Task, "", ""},
    {"pstree_entry", "ppid", Names::Task, "", ""},
    {"pstree_entry", "pgid", Names::Task, "", ""},
    {"pstree_entry", "sid", Names::Task, "", ""},
    {"pstree_entry", "threads", Names::Task, "", ""},
    {"file_lock_entry", "pid", Names::Task, "", ""},
    {"fown_entry", "pid", Names::Task, "", ""},
    {"pidfd_entry", "nspid", Names::Task, "", ""},
    {"tty_info_entry", "sid", Names::Task, "", ""},
    {"tty_info_entry", "pgrp", Names::Task, "", ""},
};

struct CloneFlag {
    std::string_view name;
    uint64_t flag; ///< CLONE_NEW*
    std::string_view image;
};
constexpr CloneFlag namespaces[] = {{"time", 0x80, "timens-"},       {"mnt", 0x00020000, "mountpoints-"},
                                    {"uts", 0x04000000, "utsns-"},   {"ipc", 0x08000000, "ipcns-var-"},
                                    {"user", 0x10000000, "userns-"}, {"pid", 0x20000000, "pidns-"},
                                    {"net", 0x40000000, "netns-"}};

/// Fields that hold addresses of the task, beside those that are shown in hexadecimal.
constexpr std::array<std::string_view, 20> addressFields{
    "mm_start_code",    "mm_end_code",   "mm_start_data", "mm_end_data", "mm_start_stack",
    "mm_start_brk",     "mm_brk",        "mm_arg_start",  "mm_arg_end",  "mm_env_start",
    "mm_env_end",       "mm_saved_auxv", "futex_rla",     "ss_sp",       "clear_tid_addr",
    "rseq_abi_pointer", "sival_ptr",     "vaddr",         "restorer",    "sigaction"};

/// The task that `fileName` is about: "mm-PID.img", "core-TID.img".
const Task *taskOf(const Checkpoint &checkpoint, std::string_view fileName)
{
    for (const std::string_view prefix : {"pagemap-", "mm-", "core-", "fs-", "ids-", "vmas-", "sigacts-",
                                          "signal-s-", "signal-p-", "posix-timers-"}) {
        const auto number = imageNumber(fileName, prefix);
        if (!number)
            continue;
        for (const Task &task : checkpoint.tasks()) {
            if (task.pid == *number || std::any_of(task.threads.begin(), task.threads.end(),
                                                   [&number](const Thread &t) { return t.tid == *number; }))
                return &task;
        }
    }
    return nullptr;
}

std::string imageFile(std::string_view prefix, uint64_t number, bool hex)
{
    return std::string(prefix) +
           (hex ? critHex(static_cast<int64_t>(number), false).substr(2) : std::to_string(number)) + ".img";
}

} // namespace

bool isIdField(std::string_view message, std::string_view field)
{
    if (field == "shmid" || field == "remap_id")
        return true; // what they name depends on the message around them
    return std::any_of(std::begin(rules), std::end(rules),
                       [&](const Rule &rule) { return rule.message == message && rule.field == field; });
}

bool isAddressField(const MessageType &message, const FieldType &field)
{
    return field.hex || message.name.find("regs") != std::string::npos ||
           std::find(addressFields.begin(), addressFields.end(), field.name) != addressFields.end();
}

LinkExplainer::LinkExplainer(const LinkIndex &index, const Member &member) : m_index(index)
{
    std::tie(m_prefix, m_fileName) = splitPath(member.path);
    m_task = taskOf(index.checkpoint(), m_fileName);
}

std::optional<DissectionLink> LinkExplainer::namespaceLink(uint64_t flag, uint64_t id) const
{
    // Old sets number them by the first process.
    const Inventory &inventory = m_index.checkpoint().inventory();
    const uint64_t number = inventory.nsPerId || inventory.imageVersion == 0 ? id : inventory.rootPid;
    for (const CloneFlag &kind : namespaces) {
        if (kind.flag == flag)
            return m_index.image(m_prefix, imageFile(kind.image, number, false));
    }
    return std::nullopt;
}

std::optional<DissectionLink> LinkExplainer::sharedLink(uint64_t id) const
{
    auto link = m_index.image(m_prefix, imageFile("pagemap-shmem-", id, false));
    return link ? link : m_index.image(m_prefix, imageFile("pages-shmem-", id, false)); // CRIU 1.0 and older
}

std::optional<DissectionLink> LinkExplainer::descriptorsLink(uint64_t id) const
{
    const Inventory &inventory = m_index.checkpoint().inventory();
    const auto pid = imageNumber(m_fileName, "ids-"); // of root_ids in the inventory there is none
    const bool perId = inventory.fdinfoPerId || inventory.imageVersion == 0 || !pid;
    return m_index.image(m_prefix, imageFile("fdinfo-", perId ? id : *pid, false));
}

std::optional<DissectionLink> LinkExplainer::mountLink(uint64_t id) const
{
    if (m_fileName.starts_with("mountpoints-"))
        return m_index.record(m_prefix, m_fileName, "mnt_id", id);
    for (const Member &member : m_index.checkpoint().archive().members()) {
        const auto [directory, fileName] = splitPath(member.path);
        if (directory != m_prefix || !imageNumber(fileName, "mountpoints-"))
            continue;
        if (auto link = m_index.record(m_prefix, fileName, "mnt_id", id))
            return link;
    }
    return std::nullopt;
}

std::optional<DissectionLink> LinkExplainer::memoryLink(uint64_t address) const
{
    if (m_task == nullptr)
        return std::nullopt;
    // Ascending but for guard areas, which lie within others and stand last.
    const auto &vmas = m_task->vmas;
    const auto guards =
        std::partition_point(vmas.begin(), vmas.end(), [](const Vma &vma) { return !vma.is(VmaGuard); });
    auto vma = std::upper_bound(vmas.begin(), guards, address,
                                [](uint64_t wanted, const Vma &candidate) { return wanted < candidate.end; });
    if (vma == guards || !vma->range().contains(address))
        return std::nullopt;
    DissectionLink link;
    link.kind = DissectionLink::Kind::Memory;
    link.pid = m_task->pid;
    link.address = address;
    link.text = "memory of process " + std::to_string(m_task->pid) + ", " + vma->label();
    return link;
}

std::optional<DissectionLink> LinkExplainer::vmaLink(const FieldContext &context) const
{
    const Message &vma = context.message();
    const auto status = static_cast<uint32_t>(vma.number("status"));
    if ((status & (VmaFilePrivate | VmaFileShared | VmaSocket)) != 0)
        return m_index.file(m_prefix, context.value);
    if ((status & VmaAnonShared) != 0)
        return sharedLink(context.value);
    return std::nullopt;
}

std::optional<DissectionLink> LinkExplainer::remapLink(const FieldContext &context) const
{
    // Without a type, the highest bit marks a ghost file.
    constexpr uint64_t ghostBit = uint64_t{1} << 31;
    enum Type : uint64_t { Linked = 0, Ghost = 1, Process = 2 };
    const Message &remap = context.message();
    uint64_t id = context.value;
    uint64_t type = remap.number("remap_type");
    if (!remap.has("remap_type")) {
        type = (id & ghostBit) != 0 ? Ghost : Linked;
        id &= ~ghostBit;
    }
    if (type == Ghost)
        return m_index.image(m_prefix, imageFile("ghost-file-", id, true));
    if (type == Process)
        return m_index.image(m_prefix, imageFile("core-", id, false));
    return m_index.file(m_prefix, id);
}

std::optional<DissectionLink> LinkExplainer::idLink(const FieldContext &context) const
{
    const std::string_view message = context.messageName();
    const std::string_view field = context.fieldName();
    if (message == "vma_entry" && field == "shmid")
        return vmaLink(context);
    if (message == "remap_file_path_entry" && field == "remap_id")
        return remapLink(context);
    if (message == "ipc_desc_entry" && !m_fileName.starts_with("ipcns-shm-"))
        return std::nullopt;
    for (const Rule &rule : rules) {
        if (rule.message != message || rule.field != field)
            continue;
        std::optional<DissectionLink> link;
        const std::string image(rule.image);
        switch (rule.names) {
        case Names::File:
            link = m_index.file(m_prefix, context.value);
            break;
        case Names::Record:
            link = m_index.record(m_prefix, image, rule.path, context.value);
            break;
        case Names::Element:
            link = m_index.element(m_prefix, image, rule.path, context.value);
            break;
        case Names::Image:
        case Names::HexImage:
            link =
                m_index.image(m_prefix, imageFile(rule.image, context.value, rule.names == Names::HexImage));
            break;
        case Names::Namespace: {
            uint64_t flag = rule.path.empty() ? context.message().number("ns_cflag") : 0;
            for (const CloneFlag &kind : namespaces)
                flag = kind.name == rule.path ? kind.flag : flag;
            link = namespaceLink(flag, context.value);
            break;
        }
        case Names::Shared:
            link = sharedLink(context.value);
            break;
        case Names::Descriptors:
            link = descriptorsLink(context.value);
            break;
        case Names::Mount:
            link = mountLink(context.value);
            break;
        case Names::Task:
            link = context.value == 0 ? std::nullopt
                                      : m_index.image(m_prefix, imageFile("core-", context.value, false));
            break;
        }
        if (link)
            return link;
    }
    return std::nullopt;
}

void LinkExplainer::explain(const FieldContext &context, DissectionNode &node) const
{
    const FieldType &type = *context.field->type;
    if (wireTypeOf(type.kind) == WireType::Bytes)
        return;
    node.link = idLink(context);
    if (!node.link && isAddressField(context.message().type(), type))
        node.link = memoryLink(context.value);
}

} // namespace cryoscope
