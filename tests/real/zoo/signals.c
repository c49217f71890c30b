/* SPDX-License-Identifier: Apache-2.0 */
/* Timers of all kinds, and pending signals that carry a value. */
#include "zoo.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static char s_stack[16384];
static timer_t s_timer;
static volatile int s_threadReady;
static volatile int s_threadAsked;
static uint64_t s_threadValue;

static union sigval payload(const char *place)
{
    union sigval carried;
    memcpy(&carried.sival_ptr, value(place), sizeof carried.sival_ptr);
    return carried;
}

static uint64_t taken(int number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    siginfo_t info;
    memset(&info, 0, sizeof info);
    const struct timespec none = {0, 0};
    sigtimedwait(&set, &info, &none);
    return (uint64_t)(uintptr_t)info.si_value.sival_ptr;
}

static void *threadMain(void *unused)
{
    (void)unused;
    pthread_sigqueue(pthread_self(), SIGRTMIN + 4, payload("value of a thread's signal"));
    s_threadReady = 1;
    while (!s_threadAsked)
        usleep(10000);
    s_threadValue = taken(SIGRTMIN + 4);
    s_threadReady = 2;
    for (;;)
        sleep(1000);
    return NULL;
}

static void handler(int number)
{
    (void)number;
}

static void plant(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 1);
    sigaddset(&set, SIGRTMIN + 2);
    sigaddset(&set, SIGRTMIN + 4);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    need(sigqueue(getpid(), SIGRTMIN + 2, payload("value of a signal")), "sigqueue");
    raise(SIGUSR1);
    pthread_t id;
    pthread_create(&id, NULL, threadMain, NULL);
    while (s_threadReady == 0)
        usleep(1000);
    signal(SIGPIPE, SIG_IGN);
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK | SA_RESTART};
    sigaction(SIGUSR2, &action, NULL);
    const stack_t other = {.ss_sp = s_stack, .ss_size = sizeof s_stack};
    sigaltstack(&other, NULL);
    const struct itimerval real = {{5000, 1}, {6000, 2}};
    setitimer(ITIMER_REAL, &real, NULL);
    setitimer(ITIMER_VIRTUAL, &real, NULL);
    setitimer(ITIMER_PROF, &real, NULL);
    struct sigevent how = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1};
    how.sigev_value = payload("value of a timer");
    need(timer_create(CLOCK_REALTIME, &how, &s_timer), "timer");
    const struct itimerspec every = {{1000, 1}, {9000, 3}};
    timer_settime(s_timer, 0, &every, NULL);
    explicit_bzero(&how, sizeof how);
    const struct rlimit files = {200, 400};
    setrlimit(RLIMIT_NOFILE, &files);
    prctl(PR_SET_NAME, value("comm"));
}

static void report(void)
{
    seenFile("comm", "/proc/self/comm");
    uint64_t carried = taken(SIGRTMIN + 2);
    seen("value of a signal", &carried, sizeof carried);
    s_threadAsked = 1;
    while (s_threadReady != 2)
        usleep(10000);
    seen("value of a thread's signal", &s_threadValue, sizeof s_threadValue);
    struct itimerval timer;
    getitimer(ITIMER_VIRTUAL, &timer);
    seenNumber("=interval", timer.it_interval.tv_sec);
    struct itimerspec left;
    timer_gettime(s_timer, &left);
    seenNumber("=interval of the POSIX timer", left.it_interval.tv_sec);
    /* Let the timer run out to see what it carries. */
    const struct itimerspec soon = {{0, 0}, {0, 1}};
    timer_settime(s_timer, 0, &soon, NULL);
    usleep(50000);
    carried = taken(SIGRTMIN + 1);
    seen("value of a timer", &carried, sizeof carried);
    stack_t other;
    sigaltstack(NULL, &other);
    seenNumber("=signal stack", other.ss_sp == s_stack);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    seenNumber("=limit", (long long)files.rlim_cur);
}

const struct Theme signalsTheme = {"signals", plant, report};
