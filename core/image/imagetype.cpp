// SPDX-License-Identifier: Apache-2.0
#include "core/image/imagetype.h"

#include <algorithm>
#include <array>

namespace cryoscope
{

namespace
{

// clang-format off
constexpr auto typeTable = std::to_array<ImageType>({
    {"INVENTORY", 0x58313116, "", "inventory_entry", false, PayloadLayout::None, true},
    {"PSTREE", 0x50273030, "", "pstree_entry", true, PayloadLayout::None, true},
    {"CORE", 0x55053847, "", "core_entry", false, PayloadLayout::None, true},
    {"IDS", 0x54432030, "", "task_kobj_ids_entry", false, PayloadLayout::None, true},
    {"MM", 0x57492820, "", "mm_entry", false, PayloadLayout::None, true},
    {"FS", 0x51403912, "", "fs_entry", false, PayloadLayout::None, true},
    {"PAGEMAP", 0x56084025, "pagemap_head", "pagemap_entry", true, PayloadLayout::None, true},
    {"FDINFO", 0x56213732, "", "fdinfo_entry", true, PayloadLayout::None, true},
    {"FILES", 0x56303138, "", "file_entry", true, PayloadLayout::None, true},
    {"REMAP_FPATH", 0x59133954, "", "remap_file_path_entry", true, PayloadLayout::None, true},
    {"GHOST_FILE", 0x52583605, "ghost_file_entry", "ghost_chunk_entry", true, PayloadLayout::GhostFile, true},
    {"PIPES_DATA", 0x56453709, "", "pipe_data_entry", true, PayloadLayout::PipeData, true},
    {"FIFO_DATA", 0x59333054, "", "pipe_data_entry", true, PayloadLayout::PipeData, true},
    {"SK_QUEUES", 0x56264026, "", "sk_packet_entry", true, PayloadLayout::SocketData, true},
    {"TCP_STREAM", 0x51465506, "", "tcp_stream_entry", false, PayloadLayout::TcpQueues, true},
    {"TTY_INFO", 0x59453036, "", "tty_info_entry", true, PayloadLayout::None, true},
    {"TTY_DATA", 0x59413026, "", "tty_data_entry", true, PayloadLayout::None, true},
    {"FILE_LOCKS", 0x54323616, "", "file_lock_entry", true, PayloadLayout::None, true},
    {"MEMFD_INODE", 0x48453499, "", "memfd_inode_entry", true, PayloadLayout::None, true},
    {"BPFMAP_DATA", 0x64324033, "", "bpfmap_data_entry", true, PayloadLayout::BpfMap, true},
    {"CGROUP", 0x59383330, "", "cgroup_entry", false, PayloadLayout::None, true},
    {"SECCOMP", 0x64413049, "", "seccomp_entry", false, PayloadLayout::None, true},
    {"APPARMOR", 0x59423047, "", "apparmor_entry", false, PayloadLayout::None, true},
    {"UTSNS", 0x54473203, "", "utsns_entry", false, PayloadLayout::None, true},
    {"USERNS", 0x55474906, "", "userns_entry", false, PayloadLayout::None, true},
    {"TIMENS", 0x43114433, "", "timens_entry", false, PayloadLayout::None, true},
    {"PIDNS", 0x61157326, "", "pidns_entry", false, PayloadLayout::None, true},
    {"MNTS", 0x55563928, "", "mnt_entry", true, PayloadLayout::None, true},
    {"IPC_VAR", 0x53115007, "", "ipc_var_entry", false, PayloadLayout::None, true},
    {"IPCNS_SHM", 0x46283044, "", "ipc_shm_entry", true, PayloadLayout::SharedMemory, true},
    {"IPCNS_MSG", 0x55453737, "", "ipc_msg_entry", true, PayloadLayout::Messages, true},
    {"IPCNS_SEM", 0x59573019, "", "ipc_sem_entry", true, PayloadLayout::Semaphores, true},
    {"NETDEV", 0x57373951, "", "net_device_entry", true, PayloadLayout::None, true},
    {"NETNS", 0x55933752, "", "netns_entry", false, PayloadLayout::None, true},
    {"AUTOFS", 0x49353943, "", "autofs_entry", false, PayloadLayout::None, true},
    {"BINFMT_MISC", 0x67343323, "", "binfmt_misc_entry", true, PayloadLayout::None, false},
    {"CPUINFO", 0x61404013, "", "cpuinfo_entry", false, PayloadLayout::None, true},
    {"STATS", 0x57093306, "", "stats_entry", false, PayloadLayout::None, true},
    {"IRMAP_CACHE", 0x57004059, "", "irmap_cache_entry", true, PayloadLayout::None, true},
    {"REG_FILES", 0x50363636, "", "reg_file_entry", true, PayloadLayout::None, true},
    {"EXT_FILES", 0x59255641, "", "ext_file_entry", true, PayloadLayout::None, true},
    {"NS_FILES", 0x61394011, "", "ns_file_entry", true, PayloadLayout::None, true},
    {"EVENTFD_FILE", 0x44523722, "", "eventfd_file_entry", true, PayloadLayout::None, true},
    {"EVENTPOLL_FILE", 0x45023858, "", "eventpoll_file_entry", true, PayloadLayout::None, true},
    {"EVENTPOLL_TFD", 0x44433746, "", "eventpoll_tfd_entry", true, PayloadLayout::None, true},
    {"SIGNALFD", 0x57323820, "", "signalfd_entry", true, PayloadLayout::None, true},
    {"TIMERFD", 0x50493712, "", "timerfd_entry", true, PayloadLayout::None, true},
    {"INOTIFY_FILE", 0x48424431, "", "inotify_file_entry", true, PayloadLayout::None, true},
    {"INOTIFY_WD", 0x54562009, "", "inotify_wd_entry", true, PayloadLayout::None, true},
    {"FANOTIFY_FILE", 0x55096122, "", "fanotify_file_entry", true, PayloadLayout::None, true},
    {"FANOTIFY_MARK", 0x56506035, "", "fanotify_mark_entry", true, PayloadLayout::None, true},
    {"PIPES", 0x56513555, "", "pipe_entry", true, PayloadLayout::None, true},
    {"FIFO", 0x58364939, "", "fifo_entry", true, PayloadLayout::None, true},
    {"UNIXSK", 0x54373943, "", "unix_sk_entry", true, PayloadLayout::None, true},
    {"INETSK", 0x56443851, "", "inet_sk_entry", true, PayloadLayout::None, true},
    {"PACKETSK", 0x60454618, "", "packet_sock_entry", true, PayloadLayout::None, true},
    {"NETLINK_SK", 0x58005614, "", "netlink_sk_entry", true, PayloadLayout::None, true},
    {"TUNFILE", 0x57143751, "", "tunfile_entry", true, PayloadLayout::None, true},
    {"TTY_FILES", 0x59433025, "", "tty_file_entry", true, PayloadLayout::None, true},
    {"BPFMAP_FILE", 0x57506142, "", "bpfmap_file_entry", true, PayloadLayout::None, true},
    {"PIDFD", 0x54435556, "", "pidfd_entry", true, PayloadLayout::None, false},
    {"VMAS", 0x54123737, "", "vma_entry", true, PayloadLayout::None, true},
    {"CREDS", 0x54023547, "", "creds_entry", false, PayloadLayout::None, true},
    {"SIGACT", 0x55344201, "", "sa_entry", true, PayloadLayout::None, true},
    {"ITIMERS", 0x57464056, "", "itimer_entry", true, PayloadLayout::None, true},
    {"POSIX_TIMERS", 0x52603957, "", "posix_timer_entry", true, PayloadLayout::None, true},
    {"RLIMIT", 0x57113925, "", "rlimit_entry", true, PayloadLayout::None, true},
    {"SIGNAL", 0x59255647, "", "siginfo_entry", true, PayloadLayout::None, false},
    {"KDAT", 0x57023458, "", "", false, PayloadLayout::None, false},
    {"CIPHER", 0x50034653, "", "cipher_entry", false, PayloadLayout::None, false},
});
// clang-format on

/// Rows of the table by ascending magic, so that telling an image from raw data costs a few comparisons.
constexpr auto byMagic = [] {
    std::array<uint8_t, typeTable.size()> rows{};
    for (size_t i = 0; i < rows.size(); ++i)
        rows[i] = static_cast<uint8_t>(i);
    std::sort(rows.begin(), rows.end(),
              [](uint8_t a, uint8_t b) { return typeTable[a].magic < typeTable[b].magic; });
    return rows;
}();

static_assert(std::adjacent_find(byMagic.begin(), byMagic.end(), [](uint8_t a, uint8_t b) {
                  return typeTable[a].magic == typeTable[b].magic;
              }) == byMagic.end());

} // namespace

std::span<const ImageType> imageTypes()
{
    return typeTable;
}

const ImageType *imageTypeByMagic(uint32_t magic)
{
    const auto found =
        std::lower_bound(byMagic.begin(), byMagic.end(), magic,
                         [](uint8_t row, uint32_t wanted) { return typeTable[row].magic < wanted; });
    return found != byMagic.end() && typeTable[*found].magic == magic ? &typeTable[*found] : nullptr;
}

const ImageType *imageTypeByName(std::string_view name)
{
    const auto found = std::find_if(typeTable.begin(), typeTable.end(),
                                    [name](const ImageType &type) { return type.name == name; });
    return found != typeTable.end() ? &*found : nullptr;
}

} // namespace cryoscope
