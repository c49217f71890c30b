/* SPDX-License-Identifier: Apache-2.0 */
/* Locks of files of all kinds. */
#include "zoo.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

static int s_flock, s_posix, s_description, s_lease;

static void plant(void)
{
    touch(inValue("locked file"), "a file with locks\n");
    touch(inValue("leased file"), "a file with a lease\n");
    s_flock = need(open(inValue("locked file"), O_RDWR), "locked");
    need(flock(s_flock, LOCK_SH), "flock");
    s_posix = need(open(inValue("locked file"), O_RDWR), "locked");
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 3, .l_len = 5};
    need(fcntl(s_posix, F_SETLK, &range), "lock");
    s_description = need(open(inValue("locked file"), O_RDWR), "locked");
    struct flock own = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 2};
    need(fcntl(s_description, F_OFD_SETLK, &own), "lock");
    s_lease = need(open(inValue("leased file"), O_RDONLY), "leased");
    need(fcntl(s_lease, F_SETLEASE, F_RDLCK), "lease");
}

static void report(void)
{
    seenPathOf("locked file", s_flock);
    seenPathOf("leased file", s_lease);
    seenNumber("=lease", fcntl(s_lease, F_GETLEASE));
    /* Only another process sees a POSIX lock. */
    int ends[2];
    need(pipe(ends), "pipe");
    const pid_t other = need(fork(), "fork");
    if (other == 0) {
        struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 9};
        fcntl(s_posix, F_GETLK, &range);
        const char found = range.l_type == F_WRLCK && range.l_start == 3 && range.l_len == 5 ? '1' : '0';
        put(ends[1], &found, 1);
        _exit(0);
    }
    char found = '?';
    if (read(ends[0], &found, 1) != 1)
        perror("read");
    seen("=posix lock", &found, 1);
    waitpid(other, NULL, 0);
    const int again = open(in("seen.part"), O_RDONLY);
    struct flock own = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 2};
    fcntl(s_flock, F_OFD_GETLK, &own);
    seenNumber("=lock of the description", own.l_type == F_RDLCK);
    close(again);
}

const struct Theme locksTheme = {"locks", plant, report};
