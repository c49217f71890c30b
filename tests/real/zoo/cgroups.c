/* SPDX-License-Identifier: Apache-2.0 */
/* Control groups; the test makes them and puts us into one. */
#include "zoo.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char s_pids[] = "/sys/fs/cgroup/pids";

static void plant(void)
{
    char path[512], line[64];
    snprintf(path, sizeof path, "%s/%s", s_pids, value("cgroup name"));
    if (mkdir(path, 0755) != 0)
        die("cgroup");
    const size_t end = strlen(path);
    strcpy(path + end, "/pids.max");
    write1(path, "77");
    strcpy(path + end, "/cgroup.procs");
    snprintf(line, sizeof line, "%d", getpid());
    write1(path, line);
    explicit_bzero(path, sizeof path);
}

static void report(void)
{
    char text[8192];
    const int fd = open("/proc/self/cgroup", O_RDONLY);
    const ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    text[length > 0 ? length : 0] = 0;
    char *line = strstr(text, ":pids:/");
    if (!line)
        return;
    line += strlen(":pids:/");
    line[strcspn(line, "\n")] = 0;
    seenText("cgroup name", line);
    char path[9000];
    snprintf(path, sizeof path, "%s/%s/pids.max", s_pids, line);
    seenFile("=limit", path);
}

const struct Theme cgroupsTheme = {"cgroups", plant, report};
