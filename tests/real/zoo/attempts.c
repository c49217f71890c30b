/* SPDX-License-Identifier: Apache-2.0 */
/* One object each that CRIU may refuse: what it says is written down. */
#include "zoo.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_alg.h>
#include <linux/memfd.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/vm_sockets.h>
#include <mqueue.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif
#ifndef __NR_memfd_secret
#define __NR_memfd_secret 447
#endif

static void packetPipe(void)
{
    int ends[2];
    need(pipe2(ends, O_DIRECT), "pipe");
}

static void bpfMap(void)
{
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.map_type = BPF_MAP_TYPE_HASH;
    attributes.key_size = 32;
    attributes.value_size = 48;
    attributes.max_entries = 8;
    need((int)syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes), "bpf");
}

static void messageQueue(void)
{
    need(unshare(CLONE_NEWIPC), "unshare");
    need(mq_open("/zoo", O_RDWR | O_CREAT, 0600, NULL), "mq_open");
}

static void uring(void)
{
    char parameters[512];
    memset(parameters, 0, sizeof parameters);
    need((int)syscall(SYS_io_uring_setup, 4, parameters), "io_uring");
}

static void faults(void)
{
    need((int)syscall(SYS_userfaultfd, O_CLOEXEC), "userfaultfd");
}

static void perf(void)
{
    struct perf_event_attr wanted;
    memset(&wanted, 0, sizeof wanted);
    wanted.type = PERF_TYPE_SOFTWARE;
    wanted.size = sizeof wanted;
    wanted.config = PERF_COUNT_SW_TASK_CLOCK;
    need((int)syscall(SYS_perf_event_open, &wanted, 0, -1, -1, 0), "perf_event_open");
}

static void waitingConnection(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path + 1, g_arguments[3]);
    const socklen_t length = (socklen_t)(sizeof(sa_family_t) + 1 + strlen(g_arguments[3]));
    const int listener = need(socket(AF_UNIX, SOCK_STREAM, 0), "unix");
    need(bind(listener, (struct sockaddr *)&address, length), "bind");
    need(listen(listener, 3), "listen");
    const int client = need(socket(AF_UNIX, SOCK_STREAM, 0), "unix");
    need(connect(client, (struct sockaddr *)&address, length), "connect");
}

static void waitingTcp(void)
{
    need(unshare(CLONE_NEWNET), "unshare");
    if (system("ip link set lo up") != 0)
        die("ip");
    const struct sockaddr_in here = {
        .sin_family = AF_INET, .sin_port = htons(47123), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const int listener = need(socket(AF_INET, SOCK_STREAM, 0), "tcp");
    need(bind(listener, (const struct sockaddr *)&here, sizeof here), "bind");
    need(listen(listener, 3), "listen");
    const int client = need(socket(AF_INET, SOCK_STREAM, 0), "tcp");
    need(connect(client, (const struct sockaddr *)&here, sizeof here), "connect");
}

static void udpQueue(void)
{
    need(unshare(CLONE_NEWNET), "unshare");
    if (system("ip link set lo up") != 0)
        die("ip");
    const struct sockaddr_in here = {
        .sin_family = AF_INET, .sin_port = htons(47123), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const int receiver = need(socket(AF_INET, SOCK_DGRAM, 0), "udp");
    need(bind(receiver, (const struct sockaddr *)&here, sizeof here), "bind");
    const int sender = need(socket(AF_INET, SOCK_DGRAM, 0), "udp");
    need(connect(sender, (const struct sockaddr *)&here, sizeof here), "connect");
    putText(sender, "waits in the queue of a UDP socket");
}

static void vsock(void)
{
    need(socket(AF_VSOCK, SOCK_STREAM, 0), "vsock");
}

static void cipherSocket(void)
{
    need(socket(AF_ALG, SOCK_SEQPACKET, 0), "alg");
}

static void netlinkData(void)
{
    const int link = need(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), "netlink");
    struct {
        struct nlmsghdr head;
        char family[4];
    } request = {{sizeof request, 18 /* RTM_GETLINK */, NLM_F_REQUEST | NLM_F_DUMP, 1, 0}, {0}};
    put(link, &request, sizeof request);
}

static void secretMemory(void)
{
    const int memory = need((int)syscall(__NR_memfd_secret, 0), "memfd_secret");
    if (ftruncate(memory, 4096) != 0)
        die("memfd_secret");
    strcpy(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0), "secret memory");
}

static void hugePages(void)
{
    char *area =
        mmap(NULL, 2 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
    if (area == MAP_FAILED)
        die("hugetlb");
    strcpy(area, "huge page");
}

static void droppable(void)
{
    char *area = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_DROPPABLE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED)
        die("droppable");
    strcpy(area, "droppable page");
}

static void nestedPids(void)
{
    need(unshare(CLONE_NEWPID), "unshare");
    child(wipe);
}

static void inNetwork(void)
{
    need(unshare(CLONE_NEWNET), "unshare");
}

static void nestedNetwork(void)
{
    child(inNetwork);
    usleep(100000);
}

static void inUsers(void)
{
    need(unshare(CLONE_NEWUSER), "unshare");
}

static void nestedUsers(void)
{
    child(inUsers);
    usleep(100000);
}

static void traced(void)
{
    const pid_t pid = child(wipe);
    need((int)ptrace(PTRACE_SEIZE, pid, NULL, NULL), "ptrace");
}

static void statusOfDead(void)
{
    char path[64];
    const pid_t pid = child(wipe);
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    need(open(path, O_RDONLY), path);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void undo(void)
{
    need(unshare(CLONE_NEWIPC), "unshare");
    const int set = need(semget(0x5a004, 1, IPC_CREAT | 0600), "semget");
    struct sembuf up = {0, 1, SEM_UNDO};
    need(semop(set, &up, 1), "semop");
}

static void kernelLog(void)
{
    need(open("/dev/kmsg", O_RDONLY), "kmsg");
}

static void fuse(void)
{
    need(open("/dev/fuse", O_RDWR), "fuse");
}

static void credentials(void)
{
    int pair[2];
    need(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), "socketpair");
    const int one = 1;
    setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &one, sizeof one);
    putText(pair[0], "with credentials");
}

static void deletedSocket(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", in("gone.sock"));
    const int named = need(socket(AF_UNIX, SOCK_STREAM, 0), "unix");
    need(bind(named, (struct sockaddr *)&address, sizeof address), "bind");
    need(listen(named, 3), "listen");
    unlink(address.sun_path);
}

static void formats(void)
{
    need(unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare");
    need(mount("binfmt_misc", "/proc/sys/fs/binfmt_misc", "binfmt_misc", 0, NULL), "binfmt_misc");
}

static void pidDescriptor(void)
{
    const pid_t pid = child(wipe);
    need((int)syscall(SYS_pidfd_open, pid, 0), "pidfd_open");
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void bigGhost(void)
{
    const int fd = need(open(in("big"), O_RDWR | O_CREAT, 0600), "big");
    char block[4096];
    memset(block, 'g', sizeof block);
    for (int i = 0; i < 300; ++i)
        put(fd, block, sizeof block);
    unlink(in("big"));
}

static const struct {
    const char *name;
    void (*plant)(void);
} s_attempts[] = {
    {"packet-pipe", packetPipe},
    {"bpf-map", bpfMap},
    {"posix-message-queue", messageQueue},
    {"io-uring", uring},
    {"userfaultfd", faults},
    {"perf-event", perf},
    {"unaccepted-unix-connection", waitingConnection},
    {"unaccepted-tcp-connection", waitingTcp},
    {"udp-queue", udpQueue},
    {"vsock", vsock},
    {"alg-socket", cipherSocket},
    {"netlink-with-data", netlinkData},
    {"memfd-secret", secretMemory},
    {"huge-pages", hugePages},
    {"droppable-memory", droppable},
    {"nested-pid-namespace", nestedPids},
    {"nested-net-namespace", nestedNetwork},
    {"nested-user-namespace", nestedUsers},
    {"traced-child", traced},
    {"proc-file-of-a-dead-task", statusOfDead},
    {"semaphore-undo", undo},
    {"kmsg", kernelLog},
    {"fuse", fuse},
    {"unix-credentials", credentials},
    {"deleted-unix-socket", deletedSocket},
    {"binfmt-misc", formats},
    {"pidfd-of-a-dead-task", pidDescriptor},
    {"ghost-over-the-limit", bigGhost},
};

static void plant(void)
{
    const char *name = g_arguments[4];
    for (size_t i = 0; i < sizeof s_attempts / sizeof *s_attempts; ++i) {
        if (strcmp(s_attempts[i].name, name) == 0) {
            s_attempts[i].plant();
            return;
        }
    }
    fprintf(stderr, "no attempt %s\n", name);
    exit(2);
}

static void report(void)
{
    seenNumber("=alive", 1);
}

const struct Theme attemptTheme = {"attempt", plant, report};

void listAttempts(void)
{
    for (size_t i = 0; i < sizeof s_attempts / sizeof *s_attempts; ++i)
        puts(s_attempts[i].name);
}
