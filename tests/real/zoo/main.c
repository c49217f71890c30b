/* SPDX-License-Identifier: Apache-2.0
 *
 * Usage: zoo THEME HOME TAG [ARGUMENT], or zoo --attempts. HOME/pid holds the pid to dump once HOME/ready is
 * there. */
#include "zoo.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

char **g_arguments;

static char s_home[512];
static char s_values[16][8192]; /* more than the longest value */
static unsigned s_turn;
static int s_report = -1;

void setHome(const char *path)
{
    snprintf(s_home, sizeof s_home, "%s", path);
}

void die(const char *what)
{
    perror(what);
    exit(3);
}

int need(int result, const char *what)
{
    if (result < 0)
        die(what);
    return result;
}

const char *in(const char *name)
{
    static char paths[16][1024];
    static unsigned turn;
    char *path = paths[turn++ % 16];
    snprintf(path, sizeof paths[0], "%s/%s", s_home, name);
    return path;
}

const char *inValue(const char *place)
{
    return in(value(place));
}

const char *value(const char *place)
{
    char *out = s_values[s_turn++ % 16];
    const int fd = need(open(in("values"), O_RDONLY | O_CLOEXEC), "values");
    char byte;
    char line[sizeof s_values[0]];
    size_t length = 0;
    const size_t name = strlen(place);
    while (read(fd, &byte, 1) == 1) {
        if (byte != '\n') {
            if (length + 1 < sizeof line)
                line[length++] = byte;
            continue;
        }
        line[length] = 0;
        if (length > name && line[name] == '=' && strncmp(line, place, name) == 0) {
            strcpy(out, line + name + 1);
            explicit_bzero(line, sizeof line);
            close(fd);
            return out;
        }
        length = 0;
    }
    fprintf(stderr, "no value for %s\n", place);
    exit(3);
}

void wipe(void)
{
    explicit_bzero(s_values, sizeof s_values);
    for (unsigned i = 0; i < 16; ++i)
        explicit_bzero((char *)in(""), 1024);
}

void put(int fd, const void *bytes, size_t length)
{
    if (write(fd, bytes, length) != (ssize_t)length)
        die("write");
}

void putText(int fd, const char *text)
{
    put(fd, text, strlen(text));
}

void touch(const char *path, const char *text)
{
    const int fd = need(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), path);
    putText(fd, text);
    close(fd);
}

void write1(const char *path, const char *text)
{
    const int fd = need(open(path, O_WRONLY | O_CLOEXEC), path);
    if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        die(path);
    close(fd);
}

void seen(const char *place, const void *bytes, size_t length)
{
    dprintf(s_report, "%s=", place);
    for (size_t i = 0; i < length; ++i)
        dprintf(s_report, "%02x", ((const unsigned char *)bytes)[i]);
    dprintf(s_report, "\n");
}

void seenText(const char *place, const char *text)
{
    seen(place, text, strlen(text));
}

void seenNumber(const char *place, long long number)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", number);
    seenText(place, text);
}

void seenRead(const char *place, int fd)
{
    char bytes[4096];
    struct pollfd wanted = {fd, POLLIN, 0};
    ssize_t length = 0;
    if (poll(&wanted, 1, 1000) > 0)
        length = read(fd, bytes, sizeof bytes);
    seen(place, bytes, length > 0 ? (size_t)length : 0);
}

void seenFile(const char *place, const char *path)
{
    char bytes[65536];
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    ssize_t got = 0;
    while (fd >= 0 && length < sizeof bytes && (got = read(fd, bytes + length, sizeof bytes - length)) > 0)
        length += (size_t)got;
    if (fd >= 0)
        close(fd);
    if (length > 0 && bytes[length - 1] == '\n')
        --length;
    seen(place, bytes, length);
}

void seenPathOf(const char *place, int fd)
{
    char link[64];
    char path[1024];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    char *end = strstr(path, " (deleted)");
    if (end)
        *end = 0;
    const char *last = strrchr(path, '/');
    last = last ? last + 1 : path;
    seenText(place, strncmp(last, "memfd:", 6) == 0 ? last + 6 : last);
}

void idle(void)
{
    for (;;)
        sleep(1000);
}

pid_t child(void (*run)(void))
{
    const pid_t pid = need(fork(), "fork");
    if (pid == 0) {
        run();
        idle();
    }
    return pid;
}

static void answer(const struct Theme *theme)
{
    s_report = need(open(in("seen.part"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), "seen");
    theme->report();
    close(s_report);
    s_report = -1;
    need(rename(in("seen.part"), in("seen")), "seen");
}

static const struct Theme *const s_themes[] = {
    &tasksTheme,   &filesTheme,     &pipesTheme,   &unixTheme,   &networkTheme,   &eventsTheme,
    &locksTheme,   &terminalsTheme, &sharedTheme,  &ghostsTheme, &containerTheme, &usersTheme,
    &cgroupsTheme, &seccompTheme,   &signalsTheme, &timeTheme,   &attemptTheme,
};

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--attempts") == 0) {
        listAttempts();
        return 0;
    }
    if (argc < 4)
        return 2;
    g_arguments = argv;
    setHome(argv[2]);
    for (size_t i = 0; i < sizeof s_themes / sizeof *s_themes; ++i) {
        const struct Theme *theme = s_themes[i];
        if (strcmp(theme->name, argv[1]) != 0)
            continue;
        char pid[32];
        snprintf(pid, sizeof pid, "%d\n", getpid());
        if (!getenv("ZOO_INSIDE")) /* there it has another number */
            touch(in("pid"), pid);
        theme->plant();
        wipe();
        touch(in("ready"), "");
        for (;;) {
            if (access(in("ask"), F_OK) == 0 && access(in("seen"), F_OK) != 0)
                answer(theme);
            nanosleep(&(struct timespec){0, 20000000}, NULL);
        }
    }
    fprintf(stderr, "no theme %s\n", argv[1]);
    return 2;
}
