/* SPDX-License-Identifier: Apache-2.0 */
/* Shared memory of all kinds, semaphores, messages. */
#include "zoo.h"

#include <fcntl.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

static char *s_anonymous, *s_segment, *s_memoryMap, *s_copy, *s_posix, *s_unlinked;
static int s_memory, s_semaphores, s_semaphoreCount, s_queue, s_named;
static sem_t *s_semaphore;

struct Message {
    long type;
    char text[256];
};

static void send(long type, const char *text)
{
    struct Message message = {.type = type};
    strcpy(message.text, text);
    need(msgsnd(s_queue, &message, strlen(text), 0), "msgsnd");
    explicit_bzero(&message, sizeof message);
}

static void keeper(void)
{
    strcpy(s_anonymous + 2 * 4096, value("shared memory of a child"));
    wipe();
}

static void plant(void)
{
    need(unshare(CLONE_NEWIPC), "unshare");
    s_anonymous = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    strcpy(s_anonymous + 4096 + 33, value("shared memory"));
    s_memory = need(memfd_create(value("memfd name"), MFD_ALLOW_SEALING), "memfd");
    if (ftruncate(s_memory, 10000) != 0) /* the last page is not whole */
        die("memfd");
    s_memoryMap = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_SHARED, s_memory, 0);
    s_copy = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, s_memory, 0);
    strcpy(s_memoryMap + 9000, value("memfd content"));
    strcpy(s_copy + 50, value("private copy of a memfd page"));
    const int segment = need(shmget(0x5a001, 3 * 4096, IPC_CREAT | 0600), "shmget");
    s_segment = shmat(segment, NULL, 0);
    strcpy(s_segment + 8000, value("sysv segment"));
    const int other = need(shmget(0x5a002, 4096, IPC_CREAT | 0640), "shmget");
    char *loose = shmat(other, NULL, 0); /* attached by nobody when it is dumped */
    strcpy(loose, value("sysv segment without users"));
    shmdt(loose);
    s_queue = need(msgget(0x5a003, IPC_CREAT | 0600), "msgget");
    send(7, value("sysv message"));
    send(9, value("second sysv message"));
    unsigned short counts[128];
    const char *letters = value("semaphores");
    s_semaphoreCount = (int)(strlen(letters) / sizeof counts[0]);
    s_semaphores = need(semget(0x5a004, s_semaphoreCount, IPC_CREAT | 0600), "semget");
    memcpy(counts, letters, (size_t)s_semaphoreCount * sizeof counts[0]); /* letters fit below SEMVMX */
    need(semctl(s_semaphores, 0, SETALL, counts), "semctl");
    const int three = need(semget(0x5a005, 3, IPC_CREAT | 0600), "semget"); /* padded */
    semctl(three, 1, SETVAL, 3);
    /* POSIX: files of a tmpfs. Their content is not in the dump unless nothing but the descriptor is left. */
    char name[128];
    snprintf(name, sizeof name, "/%s", value("posix segment's name"));
    s_named = need(shm_open(name, O_RDWR | O_CREAT, 0600), "shm_open");
    if (ftruncate(s_named, 4096) != 0)
        die("shm_open");
    s_posix = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, s_named, 0);
    strcpy(s_posix, "named posix memory");
    snprintf(name, sizeof name, "/%s", value("unlinked segment's name"));
    const int unlinked = need(shm_open(name, O_RDWR | O_CREAT, 0600), "shm_open");
    if (ftruncate(unlinked, 4096) != 0)
        die("shm_open");
    s_unlinked = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, unlinked, 0);
    strcpy(s_unlinked, value("unlinked posix segment"));
    close(unlinked);
    shm_unlink(name);
    snprintf(name, sizeof name, "/%s", value("posix semaphore's name"));
    /* Not sem_open: it links a file of another name, which CRIU takes for deleted. */
    const int semaphore = need(shm_open(name, O_RDWR | O_CREAT, 0600), "shm_open");
    if (ftruncate(semaphore, sizeof *s_semaphore) != 0)
        die("shm_open");
    s_semaphore = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, semaphore, 0);
    sem_init(s_semaphore, 1, 7);
    close(semaphore);
    explicit_bzero(name, sizeof name);
    child(keeper);
    while (s_anonymous[2 * 4096] == 0)
        usleep(1000);
}

static void report(void)
{
    char text[512];
    seenText("shared memory", s_anonymous + 4096 + 33);
    seenText("shared memory of a child", s_anonymous + 2 * 4096);
    seenText("memfd content", s_memoryMap + 9000);
    seenText("private copy of a memfd page", s_copy + 50);
    seenPathOf("memfd name", s_memory);
    seenText("sysv segment", s_segment + 8000);
    seenText("sysv segment without users", shmat(shmget(0x5a002, 4096, 0), NULL, SHM_RDONLY));
    struct Message message;
    ssize_t length = msgrcv(s_queue, &message, sizeof message.text, 0, IPC_NOWAIT);
    seen("sysv message", message.text, length > 0 ? (size_t)length : 0);
    length = msgrcv(s_queue, &message, sizeof message.text, 0, IPC_NOWAIT);
    seen("second sysv message", message.text, length > 0 ? (size_t)length : 0);
    unsigned short counts[128];
    memset(counts, 0, sizeof counts);
    semctl(s_semaphores, 0, GETALL, counts);
    seen("semaphores", counts, (size_t)s_semaphoreCount * sizeof counts[0]);
    seenPathOf("posix segment's name", s_named);
    seenText("unlinked posix segment", s_unlinked);
    int count = 0;
    sem_getvalue(s_semaphore, &count);
    seenNumber("=posix semaphore", count);
    seenNumber("=size of the memfd", lseek(s_memory, 0, SEEK_END));
    /* The names of the two that have no descriptor. */
    const int maps = open("/proc/self/maps", O_RDONLY);
    char all[32768];
    size_t filled = 0;
    while (filled + 1 < sizeof all && (length = read(maps, all + filled, sizeof all - 1 - filled)) > 0)
        filled += (size_t)length;
    all[filled] = 0;
    close(maps);
    const void *const areas[] = {s_unlinked, s_semaphore};
    const char *const places[] = {"unlinked segment's name", "posix semaphore's name"};
    for (int i = 0; i < 2; ++i) {
        snprintf(text, sizeof text, "%lx-", (unsigned long)areas[i] & ~4095UL);
        const char *line = strstr(all, text);
        if (!line)
            continue;
        const char *name = strstr(line, "/dev/shm/");
        if (name && name < strchr(line, '\n'))
            seen(places[i], name + 9, strcspn(name + 9, " \n"));
    }
}

const struct Theme sharedTheme = {"shared", plant, report};
