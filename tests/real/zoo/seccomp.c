/* SPDX-License-Identifier: Apache-2.0 */
/* Seccomp filters: a chain of two, another one in a second thread. */
#include "zoo.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile pid_t s_thread;

/* Lets everything pass. Instructions without effect hold a text, eight bytes of which stand together: two
 * classes of code bytes and a constant each. */
static void filter(const char *text)
{
    struct sock_filter code[16];
    size_t count = 0;
    for (size_t at = 0; at + 4 <= strlen(text); at += 4) {
        uint32_t constant;
        memcpy(&constant, text + at, sizeof constant);
        code[count++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_IMM, constant);
    }
    code[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {(unsigned short)count, code};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        die("seccomp");
    explicit_bzero(code, sizeof code);
}

static void *threadMain(void *unused)
{
    (void)unused;
    filter("only this thread");
    s_thread = gettid();
    for (;;)
        sleep(1000);
    return NULL;
}

static void plant(void)
{
    filter("first");
    pthread_t id;
    pthread_create(&id, NULL, threadMain, NULL);
    while (s_thread == 0)
        usleep(1000);
    filter("second");
    prctl(PR_SET_NAME, value("comm"));
}

static void report(void)
{
    char path[64], text[4096];
    for (int i = 0; i < 2; ++i) {
        snprintf(path, sizeof path, "/proc/self/task/%d/status", i == 0 ? getpid() : s_thread);
        FILE *status = fopen(path, "r");
        while (status && fgets(text, sizeof text, status)) {
            if (strncmp(text, "Seccomp_filters:", 16) == 0) {
                text[strcspn(text, "\n")] = 0;
                seenText(i == 0 ? "=filters of the leader" : "=filters of the thread", text + 17);
            }
        }
        if (status)
            fclose(status);
    }
    seenFile("comm", "/proc/self/comm");
}

const struct Theme seccompTheme = {"seccomp", plant, report};
