/* SPDX-License-Identifier: Apache-2.0 */
/* What is deleted and still in use. */
#include "zoo.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int s_small, s_large, s_linked, s_fifo, s_mapped;
static char *s_map;

static int ghost(const char *name, const char *content)
{
    char path[1024];
    snprintf(path, sizeof path, "%s", inValue(name));
    const int fd = need(open(path, O_RDWR | O_CREAT, 0640), "ghost");
    if (content)
        putText(fd, value(content));
    unlink(path);
    explicit_bzero(path, sizeof path);
    return fd;
}

static void plant(void)
{
    s_small = ghost("ghost's name", "ghost");
    /* Large enough to be stored in chunks, with holes. */
    s_large = ghost("large ghost's name", "large ghost, head");
    const char *far = value("large ghost, behind a hole");
    if (pwrite(s_large, far, strlen(far), 200000) != (ssize_t)strlen(far) || ftruncate(s_large, 300000) != 0)
        die("ghost");
    /* Another link is left. */
    touch(inValue("linked file's name"), "reached by its other name\n");
    need(link(inValue("linked file's name"), in("other-link")), "link");
    s_linked = need(open(inValue("linked file's name"), O_RDWR), "linked");
    unlink(inValue("linked file's name"));
    /* A deleted fifo with data, a deleted mapped file, a deleted working directory. */
    need(mkfifo(inValue("deleted fifo's name"), 0600), "mkfifo");
    s_fifo = need(open(inValue("deleted fifo's name"), O_RDWR), "fifo");
    putText(s_fifo, value("deleted fifo"));
    unlink(inValue("deleted fifo's name"));
    s_mapped = ghost("mapped ghost's name", NULL);
    if (ftruncate(s_mapped, 4096) != 0)
        die("ghost");
    s_map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, s_mapped, 0);
    strcpy(s_map + 100, value("mapped ghost"));
    mkdir(inValue("deleted folder"), 0700);
    need(chdir(inValue("deleted folder")), "chdir");
    rmdir(inValue("deleted folder"));
}

/* Deleted files show " (deleted)" behind their name; restored ones perhaps another suffix. */
static void nameSeen(const char *place, const char *link)
{
    char path[1024];
    const ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    char *end = strstr(path, " (deleted)");
    if (end)
        *end = 0;
    if ((end = strstr(path, ".cr.")) != NULL) /* as CRIU names a ghost before it deletes it */
        *end = 0;
    seenText(place, strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
}

static void descriptorSeen(const char *place, int fd)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    nameSeen(place, link);
}

static void report(void)
{
    char text[256];
    ssize_t length = pread(s_small, text, sizeof text, 0);
    seen("ghost", text, length > 0 ? (size_t)length : 0);
    memset(text, 0, sizeof text);
    if (pread(s_large, text, sizeof text - 1, 0) > 0)
        seenText("large ghost, head", text);
    memset(text, 0, sizeof text);
    if (pread(s_large, text, sizeof text - 1, 200000) > 0)
        seenText("large ghost, behind a hole", text);
    seenRead("deleted fifo", s_fifo);
    seenText("mapped ghost", s_map + 100);
    descriptorSeen("ghost's name", s_small);
    descriptorSeen("large ghost's name", s_large);
    descriptorSeen("linked file's name", s_linked);
    descriptorSeen("deleted fifo's name", s_fifo);
    descriptorSeen("mapped ghost's name", s_mapped);
    nameSeen("deleted folder", "/proc/self/cwd");
    struct stat info;
    fstat(s_large, &info);
    seenNumber("=size of the large ghost", info.st_size);
    length = pread(s_linked, text, sizeof text, 0);
    seen("=content of the linked file", text, length > 0 ? (size_t)length : 0);
}

const struct Theme ghostsTheme = {"ghosts", plant, report};
