/* SPDX-License-Identifier: Apache-2.0
 *
 * One process tree with as many kinds of kernel objects as one dump can hold, so that as many kinds of images and
 * fields as possible are seen as CRIU really writes them. Usage: zoo DIR [net]; DIR/pid holds the pid to dump once
 * DIR/ready is there. What CRIU cannot dump on the machine at hand is left out. Values are fake.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static const char *s_folder;

static void die(const char *what)
{
    perror(what);
    exit(3);
}

static int need(int result, const char *what)
{
    if (result < 0)
        die(what);
    return result;
}

static char *in(const char *name)
{
    static char paths[8][512];
    static unsigned turn;
    char *path = paths[turn++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", s_folder, name);
    return path;
}

static void put(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        die(text);
}

static void touch(const char *name, const char *text)
{
    const int fd = need(open(in(name), O_WRONLY | O_CREAT | O_TRUNC, 0600), name);
    put(fd, text);
    close(fd);
}

static void files(void)
{
    /* Ghosts: small, and large enough to be stored in chunks, with a hole. */
    const int small = need(open(in("ghost-small"), O_RDWR | O_CREAT, 0640), "ghost");
    put(small, "ghost: token fake-ghost-small-1234\n");
    unlink(in("ghost-small"));
    const int large = need(open(in("ghost-large"), O_RDWR | O_CREAT, 0600), "ghost");
    put(large, "ghost: head of the large file\n");
    if (pwrite(large, "ghost: far behind a hole\n", 25, 200000) != 25 || ftruncate(large, 300000) != 0)
        die("ghost");
    unlink(in("ghost-large"));
    /* Append, non-blocking, locks of both kinds. */
    touch("locked", "a file with locks\n");
    const int locked = need(open(in("locked"), O_RDWR | O_APPEND | O_NONBLOCK), "locked");
    need(flock(locked, LOCK_SH), "flock");
    const int posix = need(open(in("locked"), O_RDWR), "locked");
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 3, .l_len = 5};
    need(fcntl(posix, F_SETLK, &range), "lock");
    need(open("/", O_PATH | O_DIRECTORY), "path");
    need(mkfifo(in("fifo"), 0600), "mkfifo");
    const int fifo = need(open(in("fifo"), O_RDWR), "fifo");
    put(fifo, "fifo: password=fake-fifo-pass-77\n");
    int ends[2];
    need(pipe2(ends, O_NONBLOCK), "pipe");
    fcntl(ends[1], F_SETPIPE_SZ, 16384);
    put(ends[1], "pipe: some words\n");
    need(pipe(ends), "pipe"); /* empty */
    fcntl(ends[0], F_SETSIG, SIGUSR2);
    fcntl(ends[0], F_SETOWN, getpid());
    /* Maps of files: shared, private with a changed page, with an offset. */
    const int mapped = need(open(in("mapped"), O_RDWR | O_CREAT, 0600), "mapped");
    if (ftruncate(mapped, 4 * 4096) != 0)
        die("mapped");
    char *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, mapped, 4096);
    char *own = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, mapped, 8192);
    strcpy(shared + 10, "shared file page");
    strcpy(own + 4096, "private copy of a file page");
    /* Anonymous: advice, guard-less none, locked, grows down, shared, huge hint. */
    char *area = mmap(NULL, 16 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(area, "marked as not to be dumped");
    madvise(area, 4096, MADV_DONTDUMP);
    strcpy(area + 4096, "mergeable");
    madvise(area + 4096, 4096, MADV_MERGEABLE);
    mprotect(area + 8 * 4096, 4096, PROT_NONE);
    strcpy(area + 12 * 4096, "not for children");
    madvise(area + 12 * 4096, 4096, MADV_DONTFORK);
    mlock(area + 14 * 4096, 4096);
    char *anonymous = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    strcpy(anonymous + 4096, "shared: secret=fake-shared-anon-5");
    const int memory = need(memfd_create("zoo-memfd", MFD_ALLOW_SEALING), "memfd");
    put(memory, "memfd: key=fake-memfd-key-31\n");
    need(fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), "seals");
    mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, memory, 0);
}

static void descriptors(void)
{
    const int event = need(eventfd(5, EFD_NONBLOCK), "eventfd");
    const int poll = need(epoll_create1(EPOLL_CLOEXEC), "epoll");
    struct epoll_event wanted = {.events = EPOLLIN | EPOLLET, .data.u64 = 0x1122334455667788};
    need(epoll_ctl(poll, EPOLL_CTL_ADD, event, &wanted), "epoll");
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN + 3);
    need(signalfd(-1, &set, SFD_CLOEXEC), "signalfd");
    const int timer = need(timerfd_create(CLOCK_MONOTONIC, 0), "timerfd");
    const struct itimerspec every = {{3600, 5}, {7200, 9}};
    need(timerfd_settime(timer, 0, &every, NULL), "timerfd");
    const int notify = need(inotify_init1(IN_NONBLOCK), "inotify");
    need(inotify_add_watch(notify, in("locked"), IN_MODIFY | IN_DELETE_SELF), "inotify");
    int master, slave;
    char name[64];
    need(openpty(&master, &slave, name, NULL, NULL), "pty");
    put(master, "typed: passphrase fake-tty-phrase\n");
    struct winsize size = {40, 132, 0, 0};
    ioctl(slave, TIOCSWINSZ, &size);
}

static void sockets(int net)
{
    int pair[2];
    need(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), "socketpair");
    put(pair[0], "seqpacket one");
    put(pair[0], "seqpacket two");
    need(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
    /* A queued message that carries a descriptor. */
    char control[CMSG_SPACE(sizeof(int))];
    memset(control, 0, sizeof control);
    struct iovec part = {"passing a descriptor", 20};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    const int passed = need(open("/dev/null", O_RDONLY), "null");
    memcpy(CMSG_DATA(head), &passed, sizeof passed);
    if (sendmsg(pair[0], &message, 0) < 0)
        die("sendmsg");

    const int abstract = need(socket(AF_UNIX, SOCK_DGRAM, 0), "unix");
    struct sockaddr_un address = {AF_UNIX, "\0zoo=abstract name"};
    need(bind(abstract, (struct sockaddr *)&address, (socklen_t)(sizeof(sa_family_t) + 18)), "abstract");
    const int talker = need(socket(AF_UNIX, SOCK_DGRAM, 0), "unix");
    need(connect(talker, (struct sockaddr *)&address, (socklen_t)(sizeof(sa_family_t) + 18)), "abstract");
    put(talker, "datagram: token=fake-dgram-token-8");
    const int named = need(socket(AF_UNIX, SOCK_STREAM, 0), "unix");
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    snprintf(address.sun_path, sizeof address.sun_path, "%s", in("named.sock"));
    need(bind(named, (struct sockaddr *)&address, sizeof address), "named");
    need(listen(named, 7), "listen");

    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(47123), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const int listener = need(socket(AF_INET, SOCK_STREAM, 0), "tcp");
    const int one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    need(bind(listener, (struct sockaddr *)&here, sizeof here), "bind");
    need(listen(listener, 5), "listen");
    const int client = need(socket(AF_INET, SOCK_STREAM, 0), "tcp");
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    need(connect(client, (struct sockaddr *)&here, sizeof here), "connect");
    const int server = need(accept(listener, NULL, NULL), "accept");
    put(client, "GET / HTTP/1.1\r\nAuthorization: Bearer fake-tcp-bearer-token-000001\r\n\r\n");
    put(server, "HTTP/1.1 200 OK\r\nSet-Cookie: session=fake-tcp-cookie-000002\r\n\r\n");
    const int udp = need(socket(AF_INET6, SOCK_DGRAM, 0), "udp");
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(47124), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    if (bind(udp, (struct sockaddr *)&six, sizeof six) != 0)
        close(udp);
    const int raw = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    struct sockaddr_nl link = {.nl_family = AF_NETLINK};
    if (raw >= 0)
        bind(raw, (struct sockaddr *)&link, sizeof link);
    if (net) {
        const int packet = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
        if (packet < 0)
            perror("packet");
    }
}

static void systemV(void)
{
    const int memory = need(shmget(0x5a001, 3 * 4096, IPC_CREAT | 0600), "shmget");
    char *area = shmat(memory, NULL, 0);
    strcpy(area + 100, "sysv: password=fake-sysv-shm-pass");
    const int other = need(shmget(0x5a002, 4096, IPC_CREAT | 0640), "shmget");
    strcpy(shmat(other, NULL, 0), "a second segment");
    const int queue = need(msgget(0x5a003, IPC_CREAT | 0600), "msgget");
    struct {
        long type;
        char text[64];
    } message = {7, "sysv message: key=fake-msg-key-11"};
    need(msgsnd(queue, &message, 34, 0), "msgsnd");
    message.type = 9;
    need(msgsnd(queue, &message, 13, 0), "msgsnd");
    const int semaphores = need(semget(0x5a004, 5, IPC_CREAT | 0600), "semget");
    semctl(semaphores, 0, SETVAL, 3);
    semctl(semaphores, 4, SETVAL, 11);
}

static void timersAndSignals(void)
{
    const struct itimerval real = {{5000, 1}, {6000, 2}};
    setitimer(ITIMER_REAL, &real, NULL);
    setitimer(ITIMER_VIRTUAL, &real, NULL);
    timer_t timer;
    struct sigevent how = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1, .sigev_value.sival_int = 42};
    need(timer_create(CLOCK_REALTIME, &how, &timer), "timer");
    const struct itimerspec every = {{1000, 1}, {9000, 3}};
    timer_settime(timer, 0, &every, NULL);
    const union sigval value = {.sival_int = 4711};
    sigqueue(getpid(), SIGRTMIN + 2, value);
    raise(SIGUSR1);
    signal(SIGPIPE, SIG_IGN);
    static char stack[16384];
    const stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&other, NULL);
    const struct rlimit files = {200, 400};
    setrlimit(RLIMIT_NOFILE, &files);
}

static void *threadMain(void *name)
{
    pthread_setname_np(pthread_self(), name);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_kill(pthread_self(), SIGUSR2);
    for (;;)
        sleep(1);
    return NULL;
}

static void filter(void)
{
    struct sock_filter code[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {2, code};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        perror("seccomp");
}

static void idle(void)
{
    for (;;)
        sleep(1);
}

static void tree(int net)
{
    setsid();
    prctl(PR_SET_NAME, "zoo-keeper");
    sethostname("zoo-host", 8);
    files();
    descriptors();
    sockets(net);
    systemV();

    if (fork() == 0) { /* a session and a group of its own, stopped */
        prctl(PR_SET_NAME, "zoo-stopped");
        setsid();
        raise(SIGSTOP);
        idle();
    }
    if (fork() == 0) {
        prctl(PR_SET_NAME, "zoo-filtered");
        setpgid(0, 0);
        filter();
        if (fork() == 0) {
            prctl(PR_SET_NAME, "zoo-nested");
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            idle();
        }
        idle();
    }
    if (fork() == 0)
        _exit(9); /* a zombie: nobody waits for it */
    sigset_t set; /* before there are threads, so that what is queued below stays queued */
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 2);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    pthread_t id;
    pthread_create(&id, NULL, threadMain, "zoo-one");
    pthread_create(&id, NULL, threadMain, "zoo-two");
    timersAndSignals();
    touch("ready", "");
    idle();
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    s_folder = argv[1];
    const int net = argc > 2 && strcmp(argv[2], "net") == 0;
    need(unshare(CLONE_NEWIPC | CLONE_NEWUTS | (net ? CLONE_NEWNET : 0)), "unshare");
    if (net && system("ip link set lo up") != 0)
        die("ip");
    const pid_t child = fork();
    if (child == 0)
        tree(net);
    char pid[32];
    snprintf(pid, sizeof pid, "%d\n", child);
    touch("pid", pid);
    int status;
    waitpid(child, &status, 0); /* until it is dumped */
    return 0;
}
