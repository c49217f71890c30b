// SPDX-License-Identifier: Apache-2.0
#include "core/image/imagefile.h"

#include "core/base/digits.h"

#include <algorithm>
#include <array>

namespace cryoscope
{

namespace
{

using enum ImageFile::Number;
using enum FileLayout;

constexpr std::string_view img = ".img";

// clang-format off
constexpr auto fileTable = std::to_array<ImageFile>({
    {"inventory", None, img, Framed, "INVENTORY"},
    {"pstree", None, img, Framed, "PSTREE"},
    {"core-", Decimal, img, Framed, "CORE"},
    {"ids-", Decimal, img, Framed, "IDS"},
    {"mm-", Decimal, img, Framed, "MM"},
    {"fs-", Decimal, img, Framed, "FS"},
    {"pagemap-shmem-", Decimal, img, Framed, "PAGEMAP"},
    {"pagemap-", Decimal, img, Framed, "PAGEMAP"},
    {"pages-shmem-", Decimal, img, Pages, "pages of shared memory", true},
    {"pages-", Decimal, img, Pages, "pages"},
    {"fdinfo-", Decimal, img, Framed, "FDINFO"},
    {"files", None, img, Framed, "FILES"},
    {"remap-fpath", None, img, Framed, "REMAP_FPATH"},
    {"ghost-file-", Hexadecimal, img, Framed, "GHOST_FILE"},
    {"pipes-data", None, img, Framed, "PIPES_DATA"},
    {"fifo-data", None, img, Framed, "FIFO_DATA"},
    {"sk-queues", None, img, Framed, "SK_QUEUES"},
    {"tcp-stream-", Hexadecimal, img, Framed, "TCP_STREAM"},
    {"tty-info", None, img, Framed, "TTY_INFO"},
    {"tty-data", None, img, Framed, "TTY_DATA"},
    {"filelocks", None, img, Framed, "FILE_LOCKS"},
    {"memfd", None, img, Framed, "MEMFD_INODE"},
    {"bpfmap-data", None, img, Framed, "BPFMAP_DATA"},
    {"cgroup", None, img, Framed, "CGROUP"},
    {"seccomp", None, img, Framed, "SECCOMP"},
    {"apparmor", None, img, Framed, "APPARMOR"},
    {"utsns-", Decimal, img, Framed, "UTSNS"},
    {"userns-", Decimal, img, Framed, "USERNS"},
    {"timens-", Decimal, img, Framed, "TIMENS"},
    {"pidns-", Decimal, img, Framed, "PIDNS"},
    {"mountpoints-", Decimal, img, Framed, "MNTS"},
    {"ipcns-var-", Decimal, img, Framed, "IPC_VAR"},
    {"ipcns-shm-", Decimal, img, Framed, "IPCNS_SHM"},
    {"ipcns-msg-", Decimal, img, Framed, "IPCNS_MSG"},
    {"ipcns-sem-", Decimal, img, Framed, "IPCNS_SEM"},
    {"netdev-", Decimal, img, Framed, "NETDEV"},
    {"netns-ct-", Decimal, img, NetlinkStream, "tracked connections"},
    {"netns-exp-", Decimal, img, NetlinkStream, "expected connections"},
    {"netns-", Decimal, img, Framed, "NETNS"},
    {"ifaddr-", Decimal, img, NetworkDump, "network addresses"},
    {"route6-", Decimal, img, NetworkDump, "IPv6 routes"},
    {"route-", Decimal, img, NetworkDump, "routes"},
    {"rule-", Decimal, img, NetworkDump, "routing rules"},
    {"iptables-", Decimal, img, RuleText, "iptables rules"},
    {"ip6tables-", Decimal, img, RuleText, "ip6tables rules"},
    {"nftables-", Decimal, img, RuleText, "nftables rules"},
    {"tmpfs-dev-", Decimal, ".tar.gz.img", Tarball, "files of a tmpfs"},
    {"tmpfs-", Decimal, ".tar.gz.img", Tarball, "files of a tmpfs", true},
    {"autofs-", Decimal, img, Framed, "AUTOFS"},
    {"binfmt-misc-", Decimal, img, Framed, "BINFMT_MISC", true},
    {"binfmt-misc", None, img, Framed, "BINFMT_MISC"},
    {"cpuinfo", None, img, Framed, "CPUINFO"},
    {"stats-dump", None, "", Framed, "STATS"},
    {"stats-restore", None, "", Framed, "STATS"},
    {"irmap-cache", None, img, Framed, "IRMAP_CACHE"},
    {"cipher", None, img, Framed, "CIPHER"},
    // Before CRIU 3.4: one image for each kind of file.
    {"reg-files", None, img, Framed, "REG_FILES", true},
    {"ext-files", None, img, Framed, "EXT_FILES", true},
    {"ns-files", None, img, Framed, "NS_FILES", true},
    {"eventfd", None, img, Framed, "EVENTFD_FILE", true},
    {"eventpoll", None, img, Framed, "EVENTPOLL_FILE", true},
    {"eventpoll-tfd", None, img, Framed, "EVENTPOLL_TFD", true},
    {"signalfd", None, img, Framed, "SIGNALFD", true},
    {"timerfd", None, img, Framed, "TIMERFD", true},
    {"inotify", None, img, Framed, "INOTIFY_FILE", true},
    {"inotify-wd", None, img, Framed, "INOTIFY_WD", true},
    {"fanotify", None, img, Framed, "FANOTIFY_FILE", true},
    {"fanotify-mark", None, img, Framed, "FANOTIFY_MARK", true},
    {"pipes", None, img, Framed, "PIPES", true},
    {"fifo", None, img, Framed, "FIFO", true},
    {"unixsk", None, img, Framed, "UNIXSK", true},
    {"inetsk", None, img, Framed, "INETSK", true},
    {"packetsk", None, img, Framed, "PACKETSK", true},
    {"netlinksk", None, img, Framed, "NETLINK_SK", true},
    {"tunfile", None, img, Framed, "TUNFILE", true},
    {"tty", None, img, Framed, "TTY_FILES", true},
    {"bpfmap-file", None, img, Framed, "BPFMAP_FILE", true},
    {"pidfd", None, img, Framed, "PIDFD", true},
    // Before CRIU 1.2, 1.x and 3.1: parts of what is in mm and core images now.
    {"vmas-", Decimal, img, Framed, "VMAS", true},
    {"creds-", Decimal, img, Framed, "CREDS", true},
    {"sigacts-", Decimal, img, Framed, "SIGACT", true},
    {"itimers-", Decimal, img, Framed, "ITIMERS", true},
    {"posix-timers-", Decimal, img, Framed, "POSIX_TIMERS", true},
    {"rlimit-", Decimal, img, Framed, "RLIMIT", true},
    {"signal-s-", Decimal, img, Framed, "SIGNAL", true},
    {"signal-p-", Decimal, img, Framed, "SIGNAL", true},
    // The amdgpu plugin.
    {"amdgpu-kfd-", Decimal, img, PluginMessage, "criu_kfd"},
    {"amdgpu-renderD-", Decimal, img, PluginMessage, "criu_render_node"},
    {"amdgpu-dmabuf_", Decimal, img, PluginMessage, "criu_dmabuf_node"},
    {"amdgpu-pages-", Several, img, PluginData, "video memory"},
    {"amdgpu-drm-pages-", Several, img, PluginData, "video memory"},
    // Text beside the images.
    {"dump.log", None, "", Log, "log of the dump"},
    {"restore.log", None, "", Log, "log of a restore"},
    {"page-server.log", None, "", Log, "log of a page server"},
    {"lazy-pages.log", None, "", Log, "log of a lazy-pages daemon"},
    {"pre-dump.log", None, "", Log, "log of a pre-dump"},
    {"descriptors.json", None, "", Json, "descriptors 0 to 2"},
});
// clang-format on

constexpr bool isDigitOf(char c, bool hexadecimal)
{
    return isDigit(c) || (hexadecimal && c >= 'a' && c <= 'f');
}

bool isNumber(std::string_view text, ImageFile::Number number)
{
    if (number == None)
        return text.empty();
    return !text.empty() && std::all_of(text.begin(), text.end(), [number](char c) {
        return isDigitOf(c, number != Decimal) || (number == Several && c == '-');
    });
}

} // namespace

std::span<const ImageFile> imageFiles()
{
    return fileTable;
}

const ImageFile *imageFileByName(std::string_view fileName)
{
    const auto found = std::find_if(fileTable.begin(), fileTable.end(), [fileName](const ImageFile &file) {
        return fileName.size() >= file.prefix.size() + file.suffix.size() &&
               fileName.starts_with(file.prefix) && fileName.ends_with(file.suffix) &&
               isNumber(fileName.substr(file.prefix.size(),
                                        fileName.size() - file.prefix.size() - file.suffix.size()),
                        file.number);
    });
    return found != fileTable.end() ? &*found : nullptr;
}

bool isRawImage(std::string_view fileName)
{
    const ImageFile *file = imageFileByName(fileName);
    return file != nullptr && file->layout != FileLayout::Framed;
}

} // namespace cryoscope
