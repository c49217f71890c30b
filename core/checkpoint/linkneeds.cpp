// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/linkneeds.h"

#include <algorithm>
#include <array>

namespace cryoscope
{

namespace
{

using When = LinkNeed::When;
constexpr auto stops = RestoreSeverity::Stops;
constexpr auto mayStop = RestoreSeverity::MayStop;
constexpr std::string_view noFile = "no file entry has this id";
constexpr std::string_view noNamespace = "the images of this namespace are not there";
constexpr std::string_view noCgroups = "no set in cgroup.img has this id";
constexpr std::string_view noFilter = "seccomp.img has no filter of this number";
constexpr std::string_view noMount = "no mount has this id";

// Source: CRIU 4.2's image format, what refers to what, and what restore checks.
constexpr auto needs = std::to_array<LinkNeed>({
    {"fdinfo_entry", "id", When::Always, stops, noFile},
    {"fs_entry", "cwd_id", When::Always, stops, noFile},
    {"fs_entry", "root_id", When::Always, stops, noFile},
    {"mm_entry", "exe_file_id", When::Always, stops, noFile},
    {"vma_entry", "shmid", When::FileMap, stops, noFile},
    {"vma_entry", "shmid", When::SharedMap, stops, "the pages of this shared memory are not there"},
    {"fifo_entry", "regf_id", When::NotZero, stops, noFile},
    {"tty_file_entry", "regf_id", When::NotZero, stops, noFile},
    {"tty_file_entry", "tty_info_id", When::Always, stops, "tty-info.img has no terminal with this id"},
    {"memfd_file_entry", "inode_id", When::Always, stops, "memfd.img has no entry with this id"},
    {"memfd_inode_entry", "shmid", When::NotEmpty, stops, "the pages of this memfd are not there"},
    {"ipc_desc_entry", "id", When::InPagemaps, mayStop, "the pages of this shared memory are not there"},
    {"remap_file_path_entry", "orig_id", When::Always, stops, noFile},
    {"remap_file_path_entry", "remap_id", When::NotProcess, stops,
     "what stands for the deleted file is not there"},
    {"sk_packet_entry", "id_for", When::Always, mayStop, "no socket has this id: the packet has no receiver"},
    {"scm_entry", "rights", When::Always, stops, noFile},
    {"unix_sk_entry", "peer", When::NotZero, stops, "no unix socket has this inode number"},
    {"inet_sk_entry", "ino", When::Connected, mayStop, "the state of this TCP connection is not there"},
    {"task_kobj_ids_entry", "files_id", When::Always, mayStop,
     "the table of descriptors is not there: the task would have none"},
    {"task_kobj_ids_entry", "ipc_ns_id", When::OwnNamespace, stops, noNamespace},
    {"task_kobj_ids_entry", "uts_ns_id", When::OwnNamespace, stops, noNamespace},
    {"task_kobj_ids_entry", "mnt_ns_id", When::OwnNamespace, stops, noNamespace},
    {"task_kobj_ids_entry", "user_ns_id", When::OwnNamespace, stops, noNamespace},
    {"task_core_entry", "cg_set", When::OwnCgroup, stops, noCgroups},
    {"thread_core_entry", "cg_set", When::OwnCgroup, stops, noCgroups},
    {"thread_core_entry", "seccomp_filter", When::Filtered, stops, noFilter},
    {"task_core_entry", "old_seccomp_filter", When::Filtered, stops, noFilter},
    {"seccomp_filter", "prev", When::Always, stops, noFilter},
    {"reg_file_entry", "mnt_id", When::InOwnMounts, mayStop, noMount},
    {"pstree_entry", "ppid", When::NotZero, stops, "no task has this pid"},
    {"thread_core_entry", "futex_rla", When::Address, mayStop, "is an address outside of the task's memory"},
    {"rseq_entry", "rseq_abi_pointer", When::Address, mayStop, "is an address outside of the task's memory"},
    {"user_x86_regs_entry", "ip", When::Address, mayStop, "is an address outside of the task's memory"},
});

} // namespace

std::span<const LinkNeed> linkNeeds(std::string_view message, std::string_view field)
{
    const auto same = [&](const LinkNeed &need) { return need.message == message && need.field == field; };
    const auto first = std::find_if(needs.begin(), needs.end(), same);
    const auto last = std::find_if_not(first, needs.end(), same);
    return {first, last};
}

} // namespace cryoscope
