/* SPDX-License-Identifier: Apache-2.0
 *
 * The little web shop of the bundled sample: a process tree that looks like a service at work and does nothing. It
 * reads /usr/share/shop/seed (lines "process.place[:name]<TAB>text", text with \xHH escapes) and puts each text where
 * the line says. makesample.sh runs it in a container and checkpoints that. All secrets in the seed are fake.
 *
 * shop (master) - shop-web (threads: accept, checkout, session) - shop-mailer - shop-backup
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1 << 16 };

static char *s_heap[256];
static size_t s_heapCount;
static const char *s_threadText;

static void die(const char *what)
{
    perror(what);
    exit(3);
}

static void rest(void)
{
    const struct timespec step = {1, 0};
    nanosleep(&step, NULL);
}

static size_t unescape(const char *text, size_t size, char *out)
{
    size_t made = 0;
    for (size_t i = 0; i < size; ++made) {
        unsigned byte;
        if (text[i] == '\\' && i + 3 < size && sscanf(text + i, "\\x%2x", &byte) == 1) {
            out[made] = (char)byte;
            i += 4;
        } else {
            out[made] = text[i++];
        }
    }
    out[made] = 0;
    return made;
}

static void makeFolders(const char *path)
{
    char part[512];
    snprintf(part, sizeof part, "%s", path);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(part, 0755);
        *slash = '/';
    }
}

static void writeAll(int fd, const char *data, size_t size)
{
    if (write(fd, data, size) != (ssize_t)size)
        die("write");
}

static void *thread(void *name)
{
    char request[2048];
    pthread_setname_np(pthread_self(), name);
    memset(request, 0, sizeof request);
    if (strcmp(name, "session") == 0 && s_threadText)
        snprintf(request, sizeof request, "%s", s_threadText);
    for (;;) {
        rest();
        __asm__ volatile("" : : "r"(request) : "memory");
    }
    return NULL;
}

static void startThread(const char *name)
{
    pthread_t id;
    if (pthread_create(&id, NULL, thread, (void *)name) != 0)
        die("thread");
}

/* Puts one text of the seed in its place. */
static void place(const char *where, const char *name, const char *data, size_t size)
{
    if (strcmp(where, "heap") == 0) {
        char *copy = malloc(size + 1);
        memcpy(copy, data, size + 1);
        s_heap[s_heapCount++ % 256] = copy;
    } else if (strcmp(where, "heap16") == 0) { /* UTF-16LE, as many run-times keep text */
        char *copy = calloc(2, size + 1);
        for (size_t i = 0; i < size; ++i)
            copy[2 * i] = data[i];
        s_heap[s_heapCount++ % 256] = copy;
    } else if (strcmp(where, "thread") == 0) {
        s_threadText = strdup(data);
    } else if (strcmp(where, "pipe") == 0) {
        int ends[2];
        if (pipe(ends) != 0)
            die("pipe");
        writeAll(ends[1], data, size);
    } else if (strcmp(where, "socket") == 0) {
        int ends[2];
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
            die("socketpair");
        writeAll(ends[1], data, size);
    } else if (strcmp(where, "memfd") == 0) {
        writeAll(memfd_create(name, 0), data, size);
    } else if (strcmp(where, "shared") == 0) {
        char *area = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (area == MAP_FAILED)
            die("mmap");
        memcpy(area + 256, data, size);
    } else if (strcmp(where, "ghost") == 0) {
        makeFolders(name);
        writeAll(open(name, O_RDWR | O_CREAT | O_TRUNC, 0600), data, size);
        unlink(name);
    } else if (strcmp(where, "file") == 0) {
        makeFolders(name);
        const int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0640);
        writeAll(fd, data, size);
        close(fd);
    } else if (strcmp(where, "log") == 0) { /* stays open, as a log does */
        makeFolders(name);
        writeAll(open(name, O_WRONLY | O_CREAT | O_APPEND, 0640), data, size);
    }
}

/* Reads the lines of one process through a mapping that is given back, so that only what was placed stays. */
static void seed(const char *process)
{
    const int fd = open("/usr/share/shop/seed", O_RDONLY);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0)
        die("seed");
    const size_t size = (size_t)info.st_size;
    char *text = mmap(NULL, size + 1, PROT_READ, MAP_PRIVATE, fd, 0);
    char *out = mmap(NULL, MOST, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (text == MAP_FAILED || out == MAP_FAILED)
        die("seed");
    close(fd);
    const size_t length = strlen(process);
    for (const char *line = text; line < text + size;) {
        const char *end = memchr(line, '\n', (size_t)(text + size - line));
        if (!end)
            end = text + size;
        const char *tab = memchr(line, '\t', (size_t)(end - line));
        if (tab && strncmp(line, process, length) == 0 && line[length] == '.') {
            char where[256];
            snprintf(where, sizeof where, "%.*s", (int)(tab - line - (long)length - 1), line + length + 1);
            char *name = strchr(where, ':');
            if (name)
                *name++ = 0;
            place(where, name, out, unescape(tab + 1, (size_t)(end - tab - 1), out));
        }
        line = end + 1;
    }
    explicit_bzero(out, MOST);
    munmap(out, MOST);
    munmap(text, size + 1);
}

static void listenLocally(void)
{
    const int inet = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(8080);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(inet, (struct sockaddr *)&address, sizeof address) != 0 || listen(inet, 16) != 0)
        die("listen");
    const int local = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un path = {AF_UNIX, "/run/shop.sock"};
    if (bind(local, (struct sockaddr *)&path, sizeof path) != 0 || listen(local, 16) != 0)
        die("listen");
}

static void child(const char *name)
{
    if (fork() != 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, name);
    seed(name);
    if (strcmp(name, "shop-web") == 0) {
        listenLocally();
        startThread("accept");
        startThread("checkout");
        startThread("session");
    }
    for (;;)
        rest();
}

int main(void)
{
    seed("shop");
    child("shop-web");
    child("shop-mailer");
    child("shop-backup");
    rest();
    const int fd = open("/run/shop.ready", O_WRONLY | O_CREAT, 0600);
    close(fd);
    for (;;)
        rest();
}
