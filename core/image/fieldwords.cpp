// SPDX-License-Identifier: Apache-2.0
#include "core/image/fieldwords.h"

#include "core/image/critformat.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace cryoscope
{

namespace
{

struct Name {
    uint64_t value;
    std::string_view name;
};

// Numbers of Linux (generic architectures) and of CRIU.
constexpr Name protections[] = {{1, "read"}, {2, "write"}, {4, "execute"}};
constexpr Name mapFlags[] = {{0x1, "shared"},         {0x2, "private"},        {0x8, "droppable"},
                             {0x10, "fixed"},         {0x20, "anonymous"},     {0x100, "grows down"},
                             {0x800, "deny write"},   {0x1000, "executable"},  {0x2000, "locked"},
                             {0x4000, "no reserve"},  {0x8000, "populated"},   {0x20000, "stack"},
                             {0x40000, "huge pages"}, {0x80000, "synchronous"}};
constexpr Name vmaStatus[] = {{1u << 0, "regular content"},
                              {1u << 1, "stack"},
                              {1u << 2, "vsyscall"},
                              {1u << 3, "vdso"},
                              {1u << 5, "heap"},
                              {1u << 6, "private mapping of a file"},
                              {1u << 7, "shared mapping of a file"},
                              {1u << 8, "shared anonymous"},
                              {1u << 9, "private anonymous"},
                              {1u << 10, "System V shared memory"},
                              {1u << 11, "ring of a packet socket"},
                              {1u << 12, "vvar"},
                              {1u << 13, "ring of asynchronous I/O"},
                              {1u << 14, "memfd"},
                              {1u << 15, "shadow stack"},
                              {1u << 16, "guard"},
                              {1u << 17, "uprobes"},
                              {1u << 27, "device mapping of a plugin"}};
constexpr Name openFlags[] = {
    {01, "write only"},          {02, "read and write"},    {0100, "create"},
    {0200, "exclusive"},         {0400, "no terminal"},     {01000, "truncate"},
    {02000, "append"},           {04000, "non-blocking"},   {010000, "data synchronous"},
    {020000, "signal on I/O"},   {040000, "direct"},        {0100000, "large file"},
    {0200000, "directory"},      {0400000, "no follow"},    {01000000, "no access time"},
    {02000000, "close on exec"}, {04000000, "synchronous"}, {010000000, "path only"}};
constexpr Name pagemapFlags[] = {{1, "in the parent set"},
                                 {2, "may be fetched on demand"},
                                 {4, "in the pages file"},
                                 {8, "payload aligned to a page"}};
constexpr Name seals[] = {{1, "no more seals"},
                          {2, "cannot shrink"},
                          {4, "cannot grow"},
                          {8, "cannot be written"},
                          {0x10, "no new writable mappings"},
                          {0x20, "execute fixed"}};
constexpr Name fdFlags[] = {{1, "close on exec"}};
constexpr Name unixFlags[] = {{1, "external"}, {2, "CRIU service"}, {4, "callback"}, {8, "inherited"}};
constexpr Name advice[] = {{1u << 1, "random"},
                           {1u << 2, "sequential"},
                           {1u << 10, "not in children"},
                           {1u << 12, "mergeable"},
                           {1u << 14, "huge pages"},
                           {1u << 15, "no huge pages"},
                           {1u << 16, "not in core dumps"},
                           {1u << 18, "wiped in children"}};
constexpr Name actionFlags[] = {{1, "no signal for stopped children"},
                                {2, "no zombies"},
                                {4, "gets siginfo"},
                                {0x04000000, "restorer"},
                                {0x08000000, "on the alternate stack"},
                                {0x10000000, "restarts calls"},
                                {0x40000000, "not blocked while it runs"},
                                {0x80000000, "once"}};
constexpr Name cloneFlags[] = {{0x80, "time namespace"},         {0x00020000, "mount namespace"},
                               {0x02000000, "cgroup namespace"}, {0x04000000, "UTS namespace"},
                               {0x08000000, "IPC namespace"},    {0x10000000, "user namespace"},
                               {0x20000000, "PID namespace"},    {0x40000000, "network namespace"}};
constexpr Name interfaceFlags[] = {
    {0x1, "up"},           {0x2, "broadcast"},  {0x8, "loopback"},      {0x10, "point to point"},
    {0x40, "running"},     {0x80, "no ARP"},    {0x100, "promiscuous"}, {0x200, "all multicast"},
    {0x1000, "multicast"}, {0x10000, "carrier"}};
constexpr Name mountFlags[] = {{1, "read only"},
                               {2, "no set-uid"},
                               {4, "no devices"},
                               {8, "no execution"},
                               {16, "synchronous"},
                               {1024, "no access times"},
                               {2048, "no directory access times"},
                               {0x4000, "recursive"},
                               {1 << 17, "unbindable"},
                               {1 << 18, "private"},
                               {1 << 19, "slave"},
                               {1 << 20, "shared"},
                               {1 << 21, "relative access times"}};
constexpr Name pollEvents[] = {{1, "readable"},
                               {2, "urgent"},
                               {4, "writable"},
                               {8, "error"},
                               {0x10, "hang-up"},
                               {0x40, "normal data"},
                               {0x2000, "peer closed"},
                               {1u << 28, "exclusive"},
                               {1u << 29, "wake-up"},
                               {1u << 30, "once"},
                               {1u << 31, "edge triggered"}};
constexpr Name notifyEvents[] = {{1, "access"},
                                 {2, "modify"},
                                 {4, "attributes"},
                                 {8, "close after writing"},
                                 {0x10, "close"},
                                 {0x20, "open"},
                                 {0x40, "moved from"},
                                 {0x80, "moved to"},
                                 {0x100, "create"},
                                 {0x200, "delete"},
                                 {0x400, "deleted itself"},
                                 {0x800, "moved itself"},
                                 {0x08000000, "on children"},
                                 {0x40000000, "directories"}};
constexpr Name lockKinds[] = {{1, "POSIX"}, {2, "flock"}, {4, "open file description"}, {8, "lease"}};
constexpr Name secureBits[] = {{1, "no root"},
                               {2, "no root, fixed"},
                               {4, "no set-uid fix-up"},
                               {8, "no set-uid fix-up, fixed"},
                               {16, "keeps capabilities"},
                               {32, "keeps capabilities, fixed"},
                               {64, "no ambient raise"},
                               {128, "no ambient raise, fixed"}};
constexpr Name processFlags[] = {{0x40, "forked, no exec"},
                                 {0x100, "superuser rights used"},
                                 {0x200, "dumps core"},
                                 {0x400, "killed by a signal"},
                                 {0x400000, "randomised addresses"}};
constexpr Name seccompFlags[] = {
    {1, "synchronised over threads"}, {2, "logged"}, {4, "allows speculation"}, {8, "new listener"}};
constexpr Name bufferLocks[] = {{1, "send buffer fixed"}, {2, "receive buffer fixed"}};
constexpr Name tcpOptions[] = {{1, "timestamps"},     {2, "selective acknowledgement"},
                               {4, "window scaling"}, {8, "explicit congestion notification"},
                               {16, "ECN seen"},      {32, "SYN data"}};

constexpr Name taskStates[] = {{1, "alive"}, {2, "dead (a zombie)"}, {3, "stopped"}, {6, "zombie"}};
constexpr Name families[] = {{1, "Unix"}, {2, "IPv4"}, {10, "IPv6"}, {16, "netlink"}, {17, "packet"}};
constexpr Name socketTypes[] = {
    {1, "stream"}, {2, "datagram"}, {3, "raw"}, {5, "sequenced packets"}, {10, "packet"}};
constexpr Name socketStates[] = {{1, "established"}, {2, "SYN sent"},   {3, "SYN received"},
                                 {4, "FIN wait 1"},  {5, "FIN wait 2"}, {6, "time wait"},
                                 {7, "closed"},      {8, "close wait"}, {9, "last ACK"},
                                 {10, "listening"},  {11, "closing"}};
constexpr Name protocols[] = {{0, "IP"},      {1, "ICMP"},       {6, "TCP"},  {17, "UDP"},
                              {58, "ICMPv6"}, {136, "UDP-Lite"}, {255, "raw"}};
constexpr Name netlinkProtocols[] = {
    {0, "routing"},    {4, "socket diagnosis"},        {9, "audit"},   {11, "connector"},
    {12, "netfilter"}, {15, "kernel objects' events"}, {16, "generic"}};
constexpr Name policies[] = {{0, "normal"}, {1, "FIFO"}, {2, "round robin"},
                             {3, "batch"},  {5, "idle"}, {6, "deadline"}};
constexpr Name lockTypes[] = {{0, "read"}, {1, "write"}, {2, "unlocked"}};
constexpr Name clocks[] = {{0, "real time"},       {1, "monotonic"}, {2, "process CPU"},
                           {3, "thread CPU"},      {7, "boot time"}, {8, "real-time alarm"},
                           {9, "boot-time alarm"}, {11, "TAI"}};
constexpr Name timerNotices[] = {{0, "signal"}, {1, "none"}, {2, "thread"}, {4, "signal to one thread"}};
constexpr Name pidTypes[] = {{0, "thread"}, {1, "thread group"}, {2, "process group"}, {3, "session"}};
constexpr Name alternateStack[] = {{1, "in use"}, {2, "disabled"}, {0x80000000, "disarmed while it runs"}};
constexpr Name imageVersions[] = {{1, "v1.0"}, {2, "v1.1"}, {3, "v1.2"}};
constexpr Name preDumpModes[] = {{1, "splice"}, {2, "read"}};
constexpr Name compression[] = {{0, "none"}, {1, "LZ4, each page"}, {2, "LZ4, regions"}};
constexpr Name dumpable[] = {{0, "no"}, {1, "yes"}, {2, "by root only"}};
constexpr Name networkLocks[] = {{1, "iptables"}, {2, "nftables"}, {3, "none"}};
constexpr Name auxiliary[] = {
    {0, "AT_NULL"},           {3, "AT_PHDR"},    {4, "AT_PHENT"},         {5, "AT_PHNUM"},
    {6, "AT_PAGESZ"},         {7, "AT_BASE"},    {8, "AT_FLAGS"},         {9, "AT_ENTRY"},
    {11, "AT_UID"},           {12, "AT_EUID"},   {13, "AT_GID"},          {14, "AT_EGID"},
    {15, "AT_PLATFORM"},      {16, "AT_HWCAP"},  {17, "AT_CLKTCK"},       {23, "AT_SECURE"},
    {24, "AT_BASE_PLATFORM"}, {25, "AT_RANDOM"}, {26, "AT_HWCAP2"},       {27, "AT_RSEQ_FEATURE_SIZE"},
    {28, "AT_RSEQ_ALIGN"},    {31, "AT_EXECFN"}, {33, "AT_SYSINFO_EHDR"}, {51, "AT_MINSIGSTKSZ"}};
constexpr Name fileTypes[] = {{0, "not known"},    {1, "proc"},       {2, "sysfs"},    {3, "devtmpfs"},
                              {4, "binfmt_misc"},  {5, "tmpfs"},      {6, "devpts"},   {7, "simfs"},
                              {8, "pstore"},       {9, "securityfs"}, {10, "fusectl"}, {11, "debugfs"},
                              {12, "cgroup"},      {13, "aufs"},      {14, "mqueue"},  {15, "fuse"},
                              {16, "by its name"}, {17, "overlay"},   {18, "autofs"},  {19, "tracefs"},
                              {23, "cgroup2"}};
// Of packet sockets, in network order: of little-endian hosts with their bytes swapped.
constexpr Name etherTypes[] = {{0x0003, "all protocols"}, {0x0300, "all protocols"}, {0x0800, "IPv4"},
                               {0x0008, "IPv4"},          {0x0806, "ARP"},           {0x0608, "ARP"},
                               {0x86dd, "IPv6"},          {0xdd86, "IPv6"}};
constexpr Name inputModes[] = {{01, "ignores breaks"},
                               {02, "break interrupts"},
                               {04, "ignores parity errors"},
                               {010, "marks parity errors"},
                               {020, "checks parity"},
                               {040, "strips the eighth bit"},
                               {0100, "newline becomes return"},
                               {0200, "ignores returns"},
                               {0400, "return becomes newline"},
                               {01000, "lower case"},
                               {02000, "output can be stopped"},
                               {04000, "any character starts output"},
                               {010000, "input can be stopped"},
                               {020000, "bell when full"},
                               {040000, "UTF-8"}};
constexpr Name outputModes[] = {{01, "processed"},
                                {02, "upper case"},
                                {04, "newline gets a return"},
                                {010, "return becomes newline"},
                                {020, "no return at column 0"},
                                {040, "newline returns"},
                                {0100, "fills instead of waiting"},
                                {0200, "fills with DEL"}};
constexpr Name localModes[] = {{01, "signals"},
                               {02, "line by line"},
                               {04, "case marks"},
                               {010, "echo"},
                               {020, "erase is visible"},
                               {040, "newline after kill"},
                               {0100, "echoes newlines always"},
                               {0200, "no flush on signals"},
                               {0400, "stops background output"},
                               {01000, "echoes control characters as ^X"},
                               {02000, "echoes erased text"},
                               {04000, "kill is visible"},
                               {010000, "output flushed"},
                               {040000, "input pending"},
                               {0100000, "extended"}};
constexpr Name controlModes[] = {{0100, "two stop bits"},
                                 {0200, "receives"},
                                 {0400, "parity"},
                                 {01000, "odd parity"},
                                 {02000, "hangs up"},
                                 {04000, "local line"},
                                 {020000000000, "flow control by wires"}};
constexpr Name personalities[] = {{0x0020000, "old system name"},
                                  {0x0040000, "addresses not randomised"},
                                  {0x0080000, "function pointers to descriptors"},
                                  {0x0100000, "page at 0"},
                                  {0x0200000, "legacy layout of addresses"},
                                  {0x0400000, "reading implies executing"},
                                  {0x0800000, "32-bit addresses"},
                                  {0x1000000, "short inode numbers"},
                                  {0x2000000, "seconds only"},
                                  {0x4000000, "select keeps its time"},
                                  {0x8000000, "3 GB of addresses"}};
constexpr Name barriers[] = {{1, "query"},
                             {2, "global expedited"},
                             {4, "registered for global expedited"},
                             {8, "private expedited"},
                             {16, "registered for private expedited"},
                             {32, "private expedited, core"},
                             {64, "registered for private expedited, core"},
                             {128, "private expedited, rseq"},
                             {256, "registered for private expedited, rseq"}};
constexpr Name macvlanModes[] = {
    {1, "private"}, {2, "VEPA"}, {4, "bridge"}, {8, "passes everything through"}, {16, "by source"}};
constexpr Name fanotifyFlags[] = {{1, "close on exec"},         {2, "non-blocking"},
                                  {4, "may decide on content"}, {8, "may decide before content"},
                                  {0x10, "no limit of events"}, {0x20, "no limit of marks"}};
constexpr Name markKinds[] = {{0, "inode"}, {1, "inode"}, {0x10, "mount"}};
constexpr Name timerSettings[] = {{1, "at an absolute time"}, {2, "ends when the clock is set"}};
constexpr Name scmTypes[] = {{1, "passed descriptors"}, {2, "credentials"}};
constexpr Name errorCodes[] = {{0, "none"},    {1, "EPERM"},  {2, "ENOENT"},       {4, "EINTR"},
                               {11, "EAGAIN"}, {32, "EPIPE"}, {104, "ECONNRESET"}, {111, "ECONNREFUSED"}};

constexpr std::array<std::string_view, 32> signalNames{
    "",          "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
    "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
    "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
    "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS"};

constexpr std::array<std::string_view, 41> capabilityNames{"chown",
                                                           "dac_override",
                                                           "dac_read_search",
                                                           "fowner",
                                                           "fsetid",
                                                           "kill",
                                                           "setgid",
                                                           "setuid",
                                                           "setpcap",
                                                           "linux_immutable",
                                                           "net_bind_service",
                                                           "net_broadcast",
                                                           "net_admin",
                                                           "net_raw",
                                                           "ipc_lock",
                                                           "ipc_owner",
                                                           "sys_module",
                                                           "sys_rawio",
                                                           "sys_chroot",
                                                           "sys_ptrace",
                                                           "sys_pacct",
                                                           "sys_admin",
                                                           "sys_boot",
                                                           "sys_nice",
                                                           "sys_resource",
                                                           "sys_time",
                                                           "sys_tty_config",
                                                           "mknod",
                                                           "lease",
                                                           "audit_write",
                                                           "audit_control",
                                                           "setfcap",
                                                           "mac_override",
                                                           "mac_admin",
                                                           "syslog",
                                                           "wake_alarm",
                                                           "block_suspend",
                                                           "audit_read",
                                                           "perfmon",
                                                           "bpf",
                                                           "checkpoint_restore"};

std::string flagWords(std::span<const Name> names, uint64_t value)
{
    std::string out;
    const auto add = [&out](std::string_view word) {
        if (!out.empty())
            out += ", ";
        out += word;
    };
    for (const Name &name : names) {
        if ((value & name.value) != 0) {
            add(name.name);
            value &= ~name.value;
        }
    }
    if (value != 0)
        add(critHex(static_cast<int64_t>(value), false));
    return out;
}

std::string valueWord(std::span<const Name> names, uint64_t value)
{
    for (const Name &name : names) {
        if (name.value == value)
            return std::string(name.name);
    }
    return {};
}

/// "-rw-r--r-- regular file".
std::string modeWords(uint64_t mode)
{
    static constexpr Name types[] = {{0140000, "socket"},       {0120000, "symbolic link"},
                                     {0100000, "regular file"}, {0060000, "block device"},
                                     {0040000, "directory"},    {0020000, "character device"},
                                     {0010000, "fifo"}};
    std::string text = "---------";
    static constexpr std::string_view letters = "rwxrwxrwx";
    for (size_t i = 0; i < letters.size(); ++i) {
        if ((mode >> (8 - i) & 1) != 0)
            text[i] = letters[i];
    }
    if ((mode & 04000) != 0)
        text[2] = text[2] == 'x' ? 's' : 'S';
    if ((mode & 02000) != 0)
        text[5] = text[5] == 'x' ? 's' : 'S';
    if ((mode & 01000) != 0)
        text[8] = text[8] == 'x' ? 't' : 'T';
    const std::string type = valueWord(types, mode & 0170000);
    return type.empty() ? text : text + " " + type;
}

/// Signals of a mask: bit 0 is signal 1.
std::string signalSetWords(uint64_t mask)
{
    std::string out;
    for (unsigned i = 0; i < 64; ++i) {
        if ((mask >> i & 1) == 0)
            continue;
        if (!out.empty())
            out += ", ";
        out += signalName(i + 1);
    }
    return out.empty() ? "no signals" : out;
}

/// Of word `ordinal` of a set.
std::string capabilityWords(uint64_t word, size_t ordinal)
{
    constexpr size_t wordBits = 32;
    std::string out;
    if ((word & 0xffffffff) == 0xffffffff)
        return "all 32 of this word";
    for (size_t i = 0; i < wordBits; ++i) {
        if ((word >> i & 1) == 0)
            continue;
        if (!out.empty())
            out += ", ";
        const size_t number = ordinal * wordBits + i;
        out += number < capabilityNames.size() ? std::string(capabilityNames[number])
                                               : "capability " + std::to_string(number);
    }
    return out.empty() ? "none of this word" : out;
}

std::string openFlagWords(uint64_t flags)
{
    if ((flags & 3) != 0)
        return flagWords(openFlags, flags);
    const std::string rest = flagWords(openFlags, flags);
    return rest.empty() ? "read only" : "read only, " + rest;
}

std::string exitWords(uint64_t status)
{
    const uint64_t signal = status & 0x7f;
    return signal == 0 ? "exited with " + std::to_string(status >> 8 & 0xff)
                       : "ended by " + signalName(signal);
}

/// A device number of the kernel: 12 bits of the major number between those of the minor one.
std::string deviceWords(uint64_t device)
{
    return "device " + std::to_string(device >> 8 & 0xfff) + ":" +
           std::to_string((device & 0xff) | (device >> 12 & 0xfff00));
}

std::string controlModeWords(uint64_t modes)
{
    constexpr uint64_t sizeMask = 060;
    constexpr uint64_t speedMask = 010017;
    constexpr uint64_t inputSpeedMask = 02003600000;
    const std::string rest = flagWords(controlModes, modes & ~(sizeMask | speedMask | inputSpeedMask));
    return std::to_string(5 + (modes & sizeMask) / 020) + " bits" + (rest.empty() ? "" : ", " + rest);
}

std::string unlimitedWords(uint64_t limit)
{
    return limit == ~uint64_t{0} ? "unlimited" : std::string();
}

std::string unsetWords(uint64_t id)
{
    return id == 0xffffffff ? "not set" : std::string();
}

std::string octalWords(uint64_t value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%03llo", static_cast<unsigned long long>(value));
    return text;
}

std::string hexWords(uint64_t value)
{
    return critHex(static_cast<int64_t>(value), false);
}

/// Seconds since 1970.
std::string dateWords(uint64_t seconds)
{
    constexpr uint64_t last = 253402300799; // of year 9999
    const auto time = static_cast<time_t>(seconds);
    std::tm parts{};
    char text[40];
    if (seconds > last || gmtime_r(&time, &parts) == nullptr ||
        std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts) == 0)
        return {};
    return text;
}

using Words = std::string (*)(uint64_t);

template <const auto &names> std::string flagsOf(uint64_t value)
{
    return flagWords(names, value);
}
template <const auto &names> std::string wordOf(uint64_t value)
{
    return valueWord(names, value);
}

struct Rule {
    std::string_view message; ///< empty: in any
    std::string_view field;
    Words words; ///< null: none
};

constexpr Rule rules[] = {
    {"vma_entry", "prot", flagsOf<protections>},
    {"vma_entry", "flags", flagsOf<mapFlags>},
    {"vma_entry", "status", flagsOf<vmaStatus>},
    {"vma_entry", "madv", flagsOf<advice>},
    {"vma_entry", "fdflags", openFlagWords},
    {"pagemap_entry", "flags", flagsOf<pagemapFlags>},
    {"fdinfo_entry", "flags", flagsOf<fdFlags>},
    {"ns_file_entry", "ns_cflag", flagsOf<cloneFlags>},
    {"memfd_inode_entry", "seals", flagsOf<seals>},
    {"unix_sk_entry", "uflags", flagsOf<unixFlags>},
    {"net_device_entry", "flags", flagsOf<interfaceFlags>},
    {"mnt_entry", "flags", flagsOf<mountFlags>},
    {"mnt_entry", "sb_flags", flagsOf<mountFlags>},
    {"sa_entry", "flags", flagsOf<actionFlags>},
    {"sa_entry", "mask", signalSetWords},
    {"", "blk_sigset", signalSetWords},
    {"signalfd_entry", "sigmask", signalSetWords},
    {"task_core_entry", "task_state", wordOf<taskStates>},
    {"task_core_entry", "flags", flagsOf<processFlags>},
    {"task_core_entry", "exit_code", exitWords},
    {"task_core_entry", "stop_signo", signalName},
    {"thread_core_entry", "pdeath_sig", signalName},
    {"thread_core_entry", "sched_policy", wordOf<policies>},
    {"thread_sas_entry", "ss_flags", flagsOf<alternateStack>},
    {"posix_timer_entry", "clock_id", wordOf<clocks>},
    {"posix_timer_entry", "si_signo", signalName},
    {"posix_timer_entry", "it_sigev_notify", wordOf<timerNotices>},
    {"timerfd_entry", "clockid", wordOf<clocks>},
    {"fown_entry", "signum", signalName},
    {"fown_entry", "pid_type", wordOf<pidTypes>},
    {"file_lock_entry", "flag", flagsOf<lockKinds>},
    {"file_lock_entry", "type", wordOf<lockTypes>},
    {"eventpoll_tfd_entry", "events", flagsOf<pollEvents>},
    {"inotify_wd_entry", "mask", flagsOf<notifyEvents>},
    {"inotify_wd_entry", "ignored_mask", flagsOf<notifyEvents>},
    {"fanotify_mark_entry", "mask", flagsOf<notifyEvents>},
    {"fanotify_mark_entry", "ignored_mask", flagsOf<notifyEvents>},
    {"creds_entry", "secbits", flagsOf<secureBits>},
    {"seccomp_filter", "flags", flagsOf<seccompFlags>},
    {"sk_opts_entry", "so_buf_lock", flagsOf<bufferLocks>},
    {"tcp_stream_entry", "opt_mask", flagsOf<tcpOptions>},
    {"inet_sk_entry", "family", wordOf<families>},
    {"inet_sk_entry", "type", wordOf<socketTypes>},
    {"inet_sk_entry", "proto", wordOf<protocols>},
    {"inet_sk_entry", "state", wordOf<socketStates>},
    {"unix_sk_entry", "type", wordOf<socketTypes>},
    {"unix_sk_entry", "state", wordOf<socketStates>},
    {"netlink_sk_entry", "protocol", wordOf<netlinkProtocols>},
    {"packet_sock_entry", "type", wordOf<socketTypes>},
    {"scm_entry", "type", wordOf<scmTypes>},
    {"inventory_entry", "img_version", wordOf<imageVersions>},
    {"inventory_entry", "pre_dump_mode", wordOf<preDumpModes>},
    {"inventory_entry", "compress", wordOf<compression>},
    {"inventory_entry", "network_lock_method", wordOf<networkLocks>},
    {"mm_entry", "dumpable", wordOf<dumpable>},
    {"macvlan_link_entry", "mode", wordOf<macvlanModes>},
    {"autofs_entry", "mode", nullptr}, // 0 direct, 1 indirect: said by its description
    {"", "mode", modeWords},
    {"mnt_entry", "fstype", wordOf<fileTypes>},
    {"packet_sock_entry", "protocol", wordOf<etherTypes>},
    {"termios_entry", "c_iflag", flagsOf<inputModes>},
    {"termios_entry", "c_oflag", flagsOf<outputModes>},
    {"termios_entry", "c_lflag", flagsOf<localModes>},
    {"termios_entry", "c_cflag", controlModeWords},
    {"tty_info_entry", "rdev", deviceWords},
    {"tty_info_entry", "dev", deviceWords},
    {"eventpoll_tfd_entry", "dev", deviceWords},
    {"task_core_entry", "personality", flagsOf<personalities>},
    {"task_core_entry", "membarrier_registration_mask", flagsOf<barriers>},
    {"task_core_entry", "loginuid", unsetWords},
    {"rlimit_entry", "cur", unlimitedWords},
    {"rlimit_entry", "max", unlimitedWords},
    {"fanotify_file_entry", "faflags", flagsOf<fanotifyFlags>},
    {"fanotify_file_entry", "evflags", openFlagWords},
    {"fanotify_mark_entry", "type", wordOf<markKinds>},
    {"timerfd_entry", "settime_flags", flagsOf<timerSettings>},
    {"fs_entry", "umask", octalWords},
    {"ipc_desc_entry", "key", hexWords},
    {"timeval", "tv_sec", dateWords},
};

constexpr BytesPart signalInfo[] = {{"si_signo", 4, true, false}, {"si_errno", 4, true, false},
                                    {"si_code", 4, true, false},  {"padding", 4, false, false},
                                    {"si_pid", 4, true, false},   {"si_uid", 4, false, false},
                                    {"si_value", 8, false, false}};
constexpr BytesPart filterInstruction[] = {
    {"code", 2, false, true}, {"jt", 1, false, false}, {"jf", 1, false, false}, {"k", 4, false, false}};

} // namespace

std::string signalName(uint64_t number)
{
    constexpr uint64_t firstRealTime = 32;
    constexpr uint64_t last = 64;
    if (number < signalNames.size())
        return std::string(signalNames[number]);
    return number <= last ? "real-time signal " + std::to_string(number - firstRealTime) : std::string();
}

std::string fieldWords(const MessageType &message, const FieldType &type, uint64_t value, size_t ordinal)
{
    if (message.name == "mm_entry" && type.name == "mm_saved_auxv")
        return ordinal % 2 == 0 ? valueWord(auxiliary, value) : std::string();
    if (message.name == "creds_entry" && type.name.starts_with("cap_"))
        return capabilityWords(value, ordinal);
    for (const Rule &rule : rules) {
        if (rule.field == type.name && (rule.message.empty() || rule.message == message.name))
            return rule.words != nullptr ? rule.words(value) : std::string();
    }
    if (type.flags == "rfile.flags" || (type.name == "flags" && message.field("fown") != nullptr))
        return openFlagWords(value);
    return {};
}

std::span<const BytesPart> bytesLayout(const MessageType &message, const FieldType &type)
{
    if (message.name == "siginfo_entry" && type.name == "siginfo")
        return signalInfo;
    if (message.name == "seccomp_filter" && type.name == "filter")
        return filterInstruction;
    return {};
}

std::string bytesPartWords(const BytesPart &part, uint64_t value)
{
    static constexpr Name codes[] = {
        {0, "sent by kill"},           {0x80, "sent by the kernel"},  {0xffffffff, "sent by sigqueue"},
        {0xfffffffe, "timer"},         {0xfffffffd, "message queue"}, {0xfffffffc, "asynchronous I/O"},
        {0xfffffffa, "sent by tgkill"}};
    if (part.name == "si_signo")
        return signalName(value);
    if (part.name == "si_errno")
        return valueWord(errorCodes, value);
    if (part.name == "si_code")
        return valueWord(codes, value);
    if (part.name == "si_pid")
        return "Sender's process id, or what else the kind of signal has here.";
    if (part.name == "si_uid")
        return "Sender's user id, or what else the kind of signal has here.";
    if (part.name == "si_value")
        return "Value that the sender passed, or what else the kind of signal has here.";
    return {};
}

} // namespace cryoscope
