/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors that wait for events. */
#include "zoo.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

static int s_event, s_poll, s_timer, s_notify, s_fanotify, s_signals, s_process = -1;

static void plant(void)
{
    s_event = need(eventfd(5, EFD_NONBLOCK), "eventfd");
    s_poll = need(epoll_create1(EPOLL_CLOEXEC), "epoll");
    struct epoll_event wanted = {.events = EPOLLIN};
    memcpy(&wanted.data.u64, value("epoll cookie"), sizeof wanted.data.u64);
    need(epoll_ctl(s_poll, EPOLL_CTL_ADD, s_event, &wanted), "epoll");
    explicit_bzero(&wanted, sizeof wanted);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN + 3);
    sigprocmask(SIG_BLOCK, &set, NULL);
    s_signals = need(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd");
    s_timer = need(timerfd_create(CLOCK_MONOTONIC, 0), "timerfd");
    const struct itimerspec every = {{3600, 5}, {7200, 9}};
    need(timerfd_settime(s_timer, 0, &every, NULL), "timerfd");
    touch(inValue("watched file"),
          "changed"); /* the report writes it again: CRIU wants the size that it had */
    s_notify = need(inotify_init1(IN_NONBLOCK), "inotify");
    need(inotify_add_watch(s_notify, inValue("watched file"), IN_MODIFY | IN_DELETE_SELF), "inotify");
    s_fanotify = fanotify_init(FAN_NONBLOCK, O_RDONLY);
    if (s_fanotify < 0)
        perror("fanotify");
    else if (fanotify_mark(s_fanotify, FAN_MARK_ADD, FAN_MODIFY, AT_FDCWD, inValue("watched file")) != 0)
        perror("fanotify_mark");
    s_process = (int)syscall(SYS_pidfd_open, getpid(), 0);
    /* The file keeps an open descriptor too, so that its name is in the images. */
    need(open(inValue("watched file"), O_RDONLY), "watched");
}

static void report(void)
{
    struct epoll_event event;
    memset(&event, 0, sizeof event);
    seenNumber("=ready", epoll_wait(s_poll, &event, 1, 1000));
    seen("epoll cookie", &event.data.u64, sizeof event.data.u64);
    uint64_t counter = 0;
    if (read(s_event, &counter, sizeof counter) != sizeof counter)
        perror("eventfd");
    seenNumber("=counter", (long long)counter);
    struct itimerspec left;
    timerfd_gettime(s_timer, &left);
    seenNumber("=interval", left.it_interval.tv_sec);
    char name[64], text[4096];
    /* The watch still fires. */
    for (int fd = 0; fd < 64; ++fd) {
        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        const ssize_t length = readlink(name, text, sizeof text - 1);
        if (length > 0 && memmem(text, (size_t)length, in(""), strlen(in("")))) {
            text[length] = 0;
            if (fcntl(fd, F_GETFL) == O_RDONLY + 0100000 || (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY) {
                seenText("watched file", strrchr(text, '/') + 1);
                touch(text, "changed");
                break;
            }
        }
    }
    seenNumber("=watch", read(s_notify, text, sizeof text) > 0);
    seenNumber("=signals", read(s_signals, text, sizeof text) < 0);
}

const struct Theme eventsTheme = {"events", plant, report};
