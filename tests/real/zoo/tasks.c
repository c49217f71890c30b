/* SPDX-License-Identifier: Apache-2.0 */
/* Threads, sessions and process groups, a zombie, a stopped task; memory of its own kinds. */
#include "zoo.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static char s_data[256] = "data: "; /* initialized, so that it lies in the program's file mapping */
static char *s_heap;
static char *s_large;
static char *volatile s_stack;
static pid_t s_stopped, s_zombie, s_group, s_nested;
static volatile pid_t s_thread;

static void *threadMain(void *unused)
{
    char local[128];
    (void)unused;
    prctl(PR_SET_NAME, value("thread comm"));
    snprintf(local, sizeof local, "on the stack: %s", value("thread stack"));
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    s_stack = local;
    s_thread = gettid();
    for (;;)
        sleep(1000);
    return NULL;
}

static void stopped(void)
{
    prctl(PR_SET_NAME, value("stopped comm"));
    setsid();
    wipe();
    raise(SIGSTOP);
}

static void nested(void)
{
    prctl(PR_SET_NAME, value("nested comm"));
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    strcpy(s_heap, value("child heap"));
    wipe();
}

static void group(void)
{
    setpgid(0, 0);
    s_nested = child(nested);
    wipe();
    char pid[32];
    snprintf(pid, sizeof pid, "%d", s_nested);
    touch(in("nested"), pid);
}

static void plant(void)
{
    prctl(PR_SET_NAME, value("comm"));
    strcat(s_data, value("data"));
    s_heap = malloc(4096);
    strcpy(s_heap, value("heap"));
    s_large = malloc(1 << 20); /* in an anonymous mapping */
    strcpy(s_large + 500000, value("anonymous memory"));
    s_stopped = child(stopped);
    s_group = child(group);
    s_zombie = need(fork(), "fork");
    if (s_zombie == 0) {
        prctl(PR_SET_NAME, value("zombie comm"));
        _exit(9);
    }
    siginfo_t info;
    waitid(P_PID, (id_t)s_zombie, &info, WEXITED | WNOWAIT);
    waitid(P_PID, (id_t)s_stopped, &info, WSTOPPED | WNOWAIT);
    pthread_t id;
    pthread_create(&id, NULL, threadMain, NULL);
    while (s_thread == 0 || access(in("nested"), F_OK) != 0)
        usleep(1000);
}

static void comm(const char *place, pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/comm", pid);
    seenFile(place, path);
}

static void state(const char *place, pid_t pid)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    const int fd = open(path, O_RDONLY);
    const ssize_t length = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    close(fd);
    text[length > 0 ? length : 0] = 0;
    const char *end = strrchr(text, ')');
    seen(place, end ? end + 2 : "?", 1);
}

static void report(void)
{
    char path[64], text[4096];
    comm("comm", getpid());
    comm("stopped comm", s_stopped);
    comm("zombie comm", s_zombie);
    snprintf(path, sizeof path, "/proc/self/task/%d/comm", s_thread);
    seenFile("thread comm", path);
    seenText("thread stack", s_stack + strlen("on the stack: "));
    seenText("data", s_data + strlen("data: "));
    seenText("heap", s_heap);
    seenText("anonymous memory", s_large + 500000);
    seenText("argument", g_arguments[4]);
    seenText("environment", getenv("ZOO_VALUE"));
    const int fd = open(in("nested"), O_RDONLY);
    const ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    text[length > 0 ? length : 0] = 0;
    const pid_t inner = atoi(text);
    comm("nested comm", inner);
    snprintf(path, sizeof path, "/proc/%d/mem", inner);
    const int memory = open(path, O_RDONLY);
    memset(text, 0, sizeof text);
    if (pread(memory, text, 64, (off_t)(size_t)s_heap) > 0)
        seenText("child heap", text);
    close(memory);
    state("=state of the stopped task", s_stopped);
    state("=state of the zombie", s_zombie);
    seenNumber("=group of its own", getpgid(s_group) == s_group);
    seenNumber("=session of its own", getsid(s_stopped) == s_stopped);
    int status = 0;
    waitpid(s_zombie, &status, WNOHANG);
    seenNumber("=exit code of the zombie", WEXITSTATUS(status));
}

const struct Theme tasksTheme = {"tasks", plant, report};
