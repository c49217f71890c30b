/* SPDX-License-Identifier: Apache-2.0 */
/* Pipes and fifos with data. */
#include "zoo.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int s_small[2], s_large[2], s_empty[2], s_fifo;

static void plant(void)
{
    need(pipe2(s_small, O_NONBLOCK), "pipe");
    putText(s_small[1], value("pipe"));
    need(pipe(s_large), "pipe");
    need(fcntl(s_large[1], F_SETPIPE_SZ, 16384), "size");
    char text[5000];
    memset(text, '.', sizeof text);
    const char *far = value("pipe of two buffers");
    memcpy(text + 4090, far, strlen(far)); /* lies across the border of two buffers */
    put(s_large[1], text, sizeof text);
    need(pipe(s_empty), "pipe");
    need(mkfifo(inValue("fifo name"), 0600), "mkfifo");
    s_fifo = need(open(inValue("fifo name"), O_RDWR), "fifo");
    putText(s_fifo, value("fifo"));
    /* Only the writing end of this one is left. */
    int ends[2];
    need(pipe(ends), "pipe");
    close(ends[0]);
}

static void report(void)
{
    char text[8192];
    seenRead("pipe", s_small[0]);
    const ssize_t length = read(s_large[0], text, 5000);
    char *end = memchr(text + 4090, '.', 200);
    seen("pipe of two buffers", text + 4090, length == 5000 && end ? (size_t)(end - text - 4090) : 0);
    seenRead("fifo", s_fifo);
    seenPathOf("fifo name", s_fifo);
    seenNumber("=capacity", fcntl(s_large[0], F_GETPIPE_SZ));
}

const struct Theme pipesTheme = {"pipes", plant, report};
