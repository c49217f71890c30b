/* SPDX-License-Identifier: Apache-2.0 */
/* Regular files and directories, mappings of files, advice on memory, working directory. */
#include "zoo.h"

#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

static int s_named, s_folder;
static char *s_private, *s_area;
static aio_context_t s_ring;

static void plant(void)
{
    touch(inValue("file name"), "content of a file that stays where it is\n");
    s_named = need(open(inValue("file name"), O_RDWR | O_APPEND | O_NONBLOCK), "file");
    mkdir(inValue("folder name"), 0700);
    s_folder = need(open(inValue("folder name"), O_PATH | O_DIRECTORY), "folder");
    mkdir(inValue("working directory"), 0700);
    need(chdir(inValue("working directory")), "chdir");
    const int mapped = need(open(inValue("mapped file"), O_RDWR | O_CREAT, 0600), "mapped");
    if (ftruncate(mapped, 4 * 4096) != 0)
        die("mapped");
    s_private = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, mapped, 8192);
    char *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, mapped, 4096);
    close(mapped);
    strcpy(shared + 10, "this page is in the file");
    strcpy(s_private + 4100, value("private page of a file"));
    s_area = mmap(NULL, 32 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(s_area + 17, value("memory not to be dumped"));
    madvise(s_area, 4096, MADV_DONTDUMP);
    strcpy(s_area + 4096, "mergeable");
    madvise(s_area + 4096, 4096, MADV_MERGEABLE);
    strcpy(s_area + 8 * 4096, value("protected page"));
    mprotect(s_area + 8 * 4096, 4096, PROT_NONE);
    strcpy(s_area + 12 * 4096, "not for children");
    madvise(s_area + 12 * 4096, 4096, MADV_DONTFORK);
    strcpy(s_area + 14 * 4096, value("locked page"));
    mlock(s_area + 14 * 4096, 4096);
    s_area[20 * 4096] = 1;
    if (madvise(s_area + 21 * 4096, 2 * 4096, MADV_GUARD_INSTALL) != 0)
        perror("guard");
    /* Across two pages. */
    strcpy(s_area + 25 * 4096 - 9, value("page border"));
    need((int)syscall(SYS_io_setup, 8, &s_ring), "io_setup");
}

static void report(void)
{
    char folder[1024];
    seenPathOf("file name", s_named);
    seenPathOf("folder name", s_folder);
    seenText("working directory", getcwd(folder, sizeof folder) ? strrchr(folder, '/') + 1 : "?");
    seenText("private page of a file", s_private + 4100);
    seenText("memory not to be dumped", s_area + 17);
    mprotect(s_area + 8 * 4096, 4096, PROT_READ);
    seenText("protected page", s_area + 8 * 4096);
    seenText("locked page", s_area + 14 * 4096);
    seenText("page border", s_area + 25 * 4096 - 9);
    /* The last part of the mapped file's path stands in /proc/self/map_files. */
    char link[128], path[1024];
    snprintf(link, sizeof link, "/proc/self/map_files/%lx-%lx", (unsigned long)s_private,
             (unsigned long)s_private + 8192);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    seenText("mapped file", strrchr(path, '/') ? strrchr(path, '/') + 1 : "?");
    struct io_event event;
    struct timespec none = {0, 0};
    seenNumber("=events of the AIO ring", syscall(SYS_io_getevents, s_ring, 0, 1, &event, &none));
    seenNumber("=flags of the file", fcntl(s_named, F_GETFL) & (O_APPEND | O_NONBLOCK | O_ACCMODE));
}

const struct Theme filesTheme = {"files", plant, report};
