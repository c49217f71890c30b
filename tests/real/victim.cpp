// SPDX-License-Identifier: Apache-2.0
//
// A small process tree that holds a different secret in each of the places a checkpoint keeps data in, and
// that says on demand what it sees there now. Usage:
//
//     cryoscope_victim DIR --password=VALUE        (and DB_PASSWORD=VALUE in its environment)
//
// DIR/secrets has lines "place=value" for the other places, and "blob.NAME=value" for buffers that only lie
// on the heap. The file is removed once read. When all is in its place DIR/ready appears. Whenever DIR/ask
// appears, or on SIGUSR1, the parent writes DIR/seen and the child DIR/seen.child, one line "place=value"
// each. In these files a backslash and each byte outside 0x20..0x7e stands as \xHH.
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <map>
#include <pthread.h>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace
{

constexpr size_t kMost = 4096;

struct Buffer {
    char *data = nullptr;
    size_t size = 0;
};

struct Places {
    Buffer heap;
    Buffer border; ///< half before and half behind a page border
    Buffer shared;
    int pipeRead = -1;
    int pipeWrite = -1;
    size_t pipeSize = 0;
    int socketRead = -1;
    int socketWrite = -1;
    size_t socketSize = 0;
    int datagramRead = -1;
    int datagramWrite = -1;
    size_t datagramSize = 0;
    int memfd = -1;
    size_t memfdSize = 0;
    int ghost = -1;
    size_t ghostSize = 0;
    const char *argv = nullptr;
    volatile char *stack = nullptr;
    size_t stackSize = 0;
    volatile char *threadStack = nullptr;
    size_t threadStackSize = 0;
    Buffer childHeap;
};

std::string g_directory;
volatile sig_atomic_t g_asked = 0;
Places g_places;
std::map<std::string, Buffer> *g_blobs = nullptr;

[[noreturn]] void fail(const char *what)
{
    fprintf(stderr, "victim: %s: %s\n", what, strerror(errno));
    _exit(3);
}

void onSignal(int)
{
    g_asked = 1;
}

void pause20ms()
{
    const timespec step{0, 20'000'000};
    nanosleep(&step, nullptr);
}

int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// Undoes \xHH from `text` into `out`, which holds kMost bytes; returns the length. Byte by byte, so that no
/// second copy comes to be.
size_t unescape(const char *text, size_t size, volatile char *out)
{
    size_t made = 0;
    for (size_t i = 0; i < size && made < kMost; ++made) {
        if (text[i] == '\\' && i + 3 < size && text[i + 1] == 'x') {
            out[made] = static_cast<char>(hexDigit(text[i + 2]) * 16 + hexDigit(text[i + 3]));
            i += 4;
        } else {
            out[made] = text[i++];
        }
    }
    return made;
}

Buffer onHeap(const char *text, size_t size)
{
    Buffer b;
    b.data = static_cast<char *>(calloc(1, size + 1));
    b.size = unescape(text, size, b.data);
    return b;
}

Buffer acrossBorder(const char *text, size_t size)
{
    // Two whole pages of a large allocation, written all over so that both are dumped.
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    void *area = nullptr;
    if (posix_memalign(&area, page, 64 * page) != 0)
        fail("memory");
    memset(area, 0x5a, 64 * page);
    Buffer b;
    b.data = static_cast<char *>(area) + 33 * page;
    b.size = unescape(text, size, b.data);
    const size_t half = b.size / 2;
    memmove(b.data - half, b.data, b.size);
    memset(b.data - half + b.size, 0x5a, half);
    b.data -= half;
    return b;
}

/// Puts the bytes into a descriptor through a buffer that is wiped.
size_t intoDescriptor(int fd, const char *text, size_t size)
{
    static char buffer[kMost];
    const size_t made = unescape(text, size, buffer);
    if (write(fd, buffer, made) != static_cast<ssize_t>(made))
        fail("write");
    explicit_bzero(buffer, sizeof buffer);
    return made;
}

void place(const char *name, const char *text, size_t size, volatile char *stack, volatile char *threadStack)
{
    Places &p = g_places;
    if (strcmp(name, "heap") == 0) {
        p.heap = onHeap(text, size);
    } else if (strcmp(name, "stack") == 0) {
        p.stack = stack;
        p.stackSize = unescape(text, size, stack);
    } else if (strcmp(name, "threadstack") == 0) {
        p.threadStackSize = unescape(text, size, threadStack);
    } else if (strcmp(name, "border") == 0) {
        p.border = acrossBorder(text, size);
    } else if (strcmp(name, "childheap") == 0) {
        p.childHeap = onHeap(text, size);
    } else if (strcmp(name, "shm") == 0) {
        p.shared.data = static_cast<char *>(
            mmap(nullptr, 4 * kMost, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
        if (p.shared.data == MAP_FAILED)
            fail("mmap");
        p.shared.data += kMost + 100;
        p.shared.size = unescape(text, size, p.shared.data);
    } else if (strcmp(name, "pipe") == 0) {
        int ends[2];
        if (pipe(ends) != 0)
            fail("pipe");
        p.pipeRead = ends[0];
        p.pipeWrite = ends[1];
        p.pipeSize = intoDescriptor(p.pipeWrite, text, size);
    } else if (strcmp(name, "unixsocket") == 0) {
        int ends[2];
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
            fail("socketpair");
        p.socketRead = ends[0];
        p.socketWrite = ends[1];
        p.socketSize = intoDescriptor(p.socketWrite, text, size);
    } else if (strcmp(name, "datagram") == 0) {
        int ends[2];
        if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0)
            fail("socketpair");
        p.datagramRead = ends[0];
        p.datagramWrite = ends[1];
        p.datagramSize = intoDescriptor(p.datagramWrite, text, size);
    } else if (strcmp(name, "memfd") == 0) {
        p.memfd = memfd_create("victim-memfd", 0);
        if (p.memfd < 0)
            fail("memfd_create");
        p.memfdSize = intoDescriptor(p.memfd, text, size);
    } else if (strcmp(name, "ghost") == 0) {
        const std::string path = g_directory + "/ghost.txt";
        p.ghost = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
        if (p.ghost < 0)
            fail("ghost file");
        p.ghostSize = intoDescriptor(p.ghost, text, size);
        unlink(path.c_str());
    } else if (strncmp(name, "blob.", 5) == 0) {
        (*g_blobs)[name] = onHeap(text, size);
    } else {
        errno = EINVAL;
        fail(name);
    }
}

void readSecrets(volatile char *stack, volatile char *threadStack)
{
    const std::string path = g_directory + "/secrets";
    const int fd = open(path.c_str(), O_RDONLY);
    if (fd < 0)
        fail("secrets");
    struct stat st {
    };
    fstat(fd, &st);
    const size_t size = static_cast<size_t>(st.st_size);
    // A mapping of its own, so that nothing of it stays on the heap.
    char *text = static_cast<char *>(
        mmap(nullptr, size + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (text == MAP_FAILED || read(fd, text, size) != static_cast<ssize_t>(size))
        fail("secrets");
    close(fd);
    for (char *line = text; line < text + size;) {
        char *end = static_cast<char *>(memchr(line, '\n', static_cast<size_t>(text + size - line)));
        if (!end)
            end = text + size;
        char *equals = static_cast<char *>(memchr(line, '=', static_cast<size_t>(end - line)));
        if (equals) {
            *equals = 0;
            place(line, equals + 1, static_cast<size_t>(end - equals - 1), stack, threadStack);
        }
        line = end + 1;
    }
    explicit_bzero(text, size);
    munmap(text, size + 1);
    unlink(path.c_str());
}

void say(FILE *out, const char *name, const volatile char *data, size_t size)
{
    fprintf(out, "%s=", name);
    for (size_t i = 0; i < size; ++i) {
        const unsigned char c = static_cast<unsigned char>(data[i]);
        if (c >= 0x20 && c <= 0x7e && c != '\\')
            fputc(c, out);
        else
            fprintf(out, "\\x%02x", c);
    }
    fputc('\n', out);
}

void sayPeeked(FILE *out, const char *name, int fd, size_t size)
{
    static char buffer[kMost];
    const ssize_t got = recv(fd, buffer, size, MSG_PEEK | MSG_DONTWAIT);
    say(out, name, buffer, got > 0 ? static_cast<size_t>(got) : 0);
    explicit_bzero(buffer, sizeof buffer);
}

void sayFile(FILE *out, const char *name, int fd, size_t size)
{
    static char buffer[kMost];
    const ssize_t got = pread(fd, buffer, size, 0);
    say(out, name, buffer, got > 0 ? static_cast<size_t>(got) : 0);
    explicit_bzero(buffer, sizeof buffer);
}

/// The pipe's bytes are taken out and put back in.
void sayPipe(FILE *out)
{
    static char buffer[kMost];
    const ssize_t got = read(g_places.pipeRead, buffer, g_places.pipeSize);
    if (got > 0) {
        say(out, "pipe", buffer, static_cast<size_t>(got));
        if (write(g_places.pipeWrite, buffer, static_cast<size_t>(got)) != got)
            fail("pipe");
    }
    explicit_bzero(buffer, sizeof buffer);
}

void report(bool child)
{
    const std::string last = g_directory + (child ? "/seen.child" : "/seen");
    const std::string first = last + ".part";
    FILE *out = fopen(first.c_str(), "w");
    if (!out)
        fail("seen");
    const Places &p = g_places;
    say(out, "heap", p.heap.data, p.heap.size);
    say(out, "border", p.border.data, p.border.size);
    say(out, "shm", p.shared.data, p.shared.size);
    say(out, "stack", p.stack, p.stackSize);
    const char *value = getenv("DB_PASSWORD");
    say(out, "environment", value ? value : "", value ? strlen(value) : 0);
    say(out, "argv", p.argv, strlen(p.argv));
    if (child) {
        say(out, "childheap", p.childHeap.data, p.childHeap.size);
    } else {
        say(out, "threadstack", p.threadStack, p.threadStackSize);
        sayPipe(out);
        sayPeeked(out, "unixsocket", p.socketRead, p.socketSize);
        sayPeeked(out, "datagram", p.datagramRead, p.datagramSize);
        sayFile(out, "memfd", p.memfd, p.memfdSize);
        sayFile(out, "ghost", p.ghost, p.ghostSize);
        for (const auto &[name, blob] : *g_blobs)
            say(out, name.c_str(), blob.data, blob.size);
    }
    fclose(out);
    rename(first.c_str(), last.c_str());
}

/// Answers for ever; each DIR/ask is answered once by each of the two processes (the launcher removes it).
[[noreturn]] void serve(bool child)
{
    alarm(1800); // should the test be killed, nobody else ends this tree; CRIU keeps the timer
    const std::string ask = g_directory + "/ask";
    bool answered = false;
    for (;;) {
        pause20ms();
        const bool there = access(ask.c_str(), F_OK) == 0;
        if (!there)
            answered = false;
        if (g_asked || (there && !answered)) {
            g_asked = 0;
            answered = there;
            report(child);
        }
    }
}

struct ThreadStart {
    pthread_barrier_t filled;
    pthread_barrier_t placed;
};

/// Its stack is one of the places.
void *holder(void *argument)
{
    char place[kMost];
    memset(place, 0, sizeof place);
    g_places.threadStack = place;
    auto *start = static_cast<ThreadStart *>(argument);
    pthread_barrier_wait(&start->placed); // room is there
    pthread_barrier_wait(&start->filled); // and filled
    for (;;)
        pause20ms();
}

/// Computes for ever in small steps, so that a dump meets a running thread too.
void *worker(void *)
{
    pthread_setname_np(pthread_self(), "victim-worker");
    volatile uint64_t sum = 0;
    for (;;) {
        for (unsigned i = 0; i < 1000; ++i)
            sum = sum * 31 + i;
        pause20ms();
    }
}

} // namespace

int main(int argc, char **argv)
{
    constexpr char option[] = "--password=";
    if (argc != 3 || strncmp(argv[2], option, strlen(option)) != 0) {
        fprintf(stderr, "usage: %s DIR --password=VALUE\n", argv[0]);
        return 2;
    }
    g_directory = argv[1];
    g_places.argv = argv[2] + strlen(option);
    std::map<std::string, Buffer> blobs;
    g_blobs = &blobs;
    signal(SIGUSR1, onSignal);

    volatile char stackPlace[kMost];
    for (volatile char &c : stackPlace)
        c = 0;
    static char threadValue[kMost]; // until the thread that shall hold it is there
    readSecrets(stackPlace, threadValue);

    const pid_t child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0) {
        prctl(PR_SET_NAME, "victim-child");
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        explicit_bzero(threadValue, sizeof threadValue);
        serve(true);
    }
    // From here on this value is the child's alone.
    explicit_bzero(g_places.childHeap.data, g_places.childHeap.size);

    ThreadStart start;
    pthread_barrier_init(&start.placed, nullptr, 2);
    pthread_barrier_init(&start.filled, nullptr, 2);
    pthread_t thread;
    if (pthread_create(&thread, nullptr, holder, &start) != 0 ||
        pthread_create(&thread, nullptr, worker, nullptr) != 0 ||
        pthread_create(&thread, nullptr, worker, nullptr) != 0)
        fail("thread");
    pthread_barrier_wait(&start.placed);
    for (size_t i = 0; i < g_places.threadStackSize; ++i)
        g_places.threadStack[i] = threadValue[i];
    explicit_bzero(threadValue, sizeof threadValue);
    pthread_barrier_wait(&start.filled);

    const std::string ready = g_directory + "/ready";
    const int fd = open(ready.c_str(), O_WRONLY | O_CREAT, 0600);
    if (fd < 0)
        fail("ready");
    close(fd);
    serve(false);
}
