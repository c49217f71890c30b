/* SPDX-License-Identifier: Apache-2.0 */
/* A time namespace. */
#include "zoo.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void plant(void)
{
    need(unshare(CLONE_NEWTIME), "unshare");
    write1("/proc/self/timens_offsets", "monotonic 86400 0\nboottime 86400 0");
    const int fd = need(open(in("pid"), O_WRONLY | O_TRUNC | O_CLOEXEC), "pid");
    const pid_t inner = need(fork(), "fork");
    if (inner != 0) {
        dprintf(fd, "%d\n", inner);
        close(fd);
        signal(SIGCHLD, SIG_DFL);
        waitpid(inner, NULL, 0);
        _exit(0);
    }
    close(fd);
    setsid();
    prctl(PR_SET_NAME, value("comm"));
}

static void report(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    seenFile("comm", "/proc/self/comm");
    seenNumber("=a day ahead", now.tv_sec > 86000);
}

const struct Theme timeTheme = {"time", plant, report};
