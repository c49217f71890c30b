/* SPDX-License-Identifier: Apache-2.0 */
/* A root of its own in namespaces of all kinds that hold something: mounts with a tmpfs, host name, IPC,
 * network, pids, cgroups. */
#include "zoo.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static void enterRoot(void)
{
    const char *root = g_arguments[2]; /* HOME is the folder "home" in the new root */
    char path[1024];
    snprintf(path, sizeof path, "%s/..", root);
    need(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
    need(chdir(path), "chdir");
    need(mount(".", ".", NULL, MS_BIND, NULL), "bind");
    char real[1024];
    need(chdir(path), "chdir");
    if (!getcwd(real, sizeof real))
        die("getcwd");
    mkdir("old", 0700);
    mkdir("proc", 0755);
    mkdir("dev", 0755);
    mkdir("tmp", 0755);
    need((int)syscall(SYS_pivot_root, ".", "old"), "pivot_root");
    need(chdir("/"), "chdir");
    need(mount("proc", "/proc", "proc", 0, NULL), "proc");
    need(umount2("/old", MNT_DETACH), "umount");
    rmdir("/old");
    setHome("/home");
    /* What is open must be in this root, and the program's file too. */
    const int console = need(open("/home/console", O_RDWR | O_CREAT, 0600), "console");
    for (int fd = 0; fd < 3; ++fd)
        dup2(console, fd);
    close(console);
    setenv("ZOO_INSIDE", "1", 1);
    char *const arguments[] = {g_arguments[0], g_arguments[1], "/home", g_arguments[3], NULL};
    execv("/zoo", arguments);
    die("/zoo");
}

static void plantInside(void)
{
    need(mount(value("tmpfs source"), "/tmp", "tmpfs", 0, "mode=0755,size=1m"), "tmpfs");
    char path[512];
    snprintf(path, sizeof path, "/tmp/%s", value("tmpfs file's name"));
    touch(path, value("tmpfs file"));
    snprintf(path, sizeof path, "/tmp/%s", value("tmpfs folder's name"));
    mkdir(path, 0700);
    need(symlink(value("tmpfs link's target"), "/tmp/link"), "symlink");
    need(link("/tmp/link", "/tmp/hard"), "link");
    mkfifo("/tmp/fifo", 0600);
    explicit_bzero(path, sizeof path);
    mkdir("/home/bound", 0700);
    need(mount("/home/bound", "/dev", NULL, MS_BIND, NULL), "bind");
    need(sethostname(value("host name"), strlen(value("host name"))), "hostname");
    need(setdomainname(value("domain name"), strlen(value("domain name"))), "domainname");
    const int segment = need(shmget(0x5a001, 4096, IPC_CREAT | 0600), "shmget");
    char *memory = shmat(segment, NULL, 0);
    strcpy(memory, value("segment in the namespace"));
    shmdt(memory);
    child(wipe);
}

/* A user namespace in which all ids are the same, so that files keep their owners. */
static void enterUsers(void)
{
    int ends[2];
    need(pipe(ends), "pipe");
    const pid_t outside = getpid();
    const pid_t helper = need(fork(), "fork");
    if (helper == 0) {
        char path[64], byte;
        if (read(ends[0], &byte, 1) != 1)
            _exit(1);
        for (int i = 0; i < 2; ++i) {
            snprintf(path, sizeof path, "/proc/%d/%s", outside, i == 0 ? "uid_map" : "gid_map");
            write1(path, "0 0 65536");
        }
        _exit(0);
    }
    need(unshare(CLONE_NEWUSER), "unshare");
    put(ends[1], "g", 1);
    int status;
    waitpid(helper, &status, 0);
    if (status != 0)
        exit(3);
    close(ends[0]);
    close(ends[1]);
}

static void plant(void)
{
    if (getenv("ZOO_INSIDE")) {
        plantInside();
        return;
    }
    if (strcmp(g_arguments[1], "users") == 0)
        enterUsers();
    need(unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWCGROUP),
         "unshare");
    char host[1024];
    snprintf(host, sizeof host, "%s", in("pid"));
    const int fd = need(open(host, O_WRONLY | O_TRUNC | O_CLOEXEC), "pid");
    const pid_t inner = need(fork(), "fork");
    if (inner != 0) {
        dprintf(fd, "%d\n", inner);
        close(fd);
        signal(SIGCHLD, SIG_DFL);
        int status;
        waitpid(inner, &status, 0);
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 0);
    }
    close(fd);
    setsid();
    enterRoot();
}

/* The source and the file system of the mount at /tmp: "… - tmpfs SOURCE OPTIONS". */
static void sourceSeen(void)
{
    char line[4096];
    FILE *mounts = fopen("/proc/self/mountinfo", "r");
    while (mounts && fgets(line, sizeof line, mounts)) {
        char *after = strstr(line, " - tmpfs ");
        if (after && strstr(line, " /tmp ")) {
            after += strlen(" - tmpfs ");
            after[strcspn(after, " ")] = 0;
            seenText("tmpfs source", after);
        }
    }
    if (mounts)
        fclose(mounts);
}

static void report(void)
{
    struct utsname names;
    uname(&names);
    seenText("host name", names.nodename);
    seenText("domain name", names.domainname);
    seenText("segment in the namespace", shmat(shmget(0x5a001, 4096, 0), NULL, SHM_RDONLY));
    char text[1024];
    const ssize_t length = readlink("/tmp/link", text, sizeof text);
    seen("tmpfs link's target", text, length > 0 ? (size_t)length : 0);
    DIR *folder = opendir("/tmp");
    const struct dirent *entry;
    while (folder && (entry = readdir(folder)) != NULL) {
        if (entry->d_type == DT_DIR && entry->d_name[0] != '.') {
            seenText("tmpfs folder's name", entry->d_name);
        } else if (entry->d_type == DT_REG) {
            seenText("tmpfs file's name", entry->d_name);
            snprintf(text, sizeof text, "/tmp/%s", entry->d_name);
            seenFile("tmpfs file", text);
        }
    }
    if (folder)
        closedir(folder);
    sourceSeen();
    seenNumber("=pid", getpid());
    struct stat hard;
    seenNumber("=links of the link", lstat("/tmp/hard", &hard) == 0 ? (long long)hard.st_nlink : -1);
}

const struct Theme containerTheme = {"container", plant, report};
const struct Theme usersTheme = {"users", plant, report};
