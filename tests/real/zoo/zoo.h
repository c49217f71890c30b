/* SPDX-License-Identifier: Apache-2.0
 *
 * The zoo: programs with one theme of kernel objects each, for CRIU to dump. Every place that can hold text
 * holds a value of the file HOME/values; asked by HOME/ask, the program writes what it sees there now to
 * HOME/seen. */
#pragma once
#define _GNU_SOURCE

#include <stddef.h>
#include <sys/types.h>

/* Plants all values of a theme, and reports what is seen in its places. */
struct Theme {
    const char *name;
    void (*plant)(void);
    void (*report)(void);
};

extern const struct Theme tasksTheme, filesTheme, pipesTheme, unixTheme, networkTheme, eventsTheme,
    locksTheme, terminalsTheme, sharedTheme, ghostsTheme, containerTheme, usersTheme, cgroupsTheme,
    seccompTheme, signalsTheme, timeTheme, attemptTheme;

extern char **g_arguments; /* of main */

/* The folder of values, ask and seen; container changes it when it enters its root. */
void setHome(const char *path);
/* A path below the home; valid for some calls. */
const char *in(const char *name);
/* A path below the home whose last part is the value of `place`. */
const char *inValue(const char *place);
/* The value of a place. It stays in this program's memory until wipe(). */
const char *value(const char *place);
void wipe(void);

void die(const char *what);
int need(int result, const char *what);
void put(int fd, const void *bytes, size_t length);
void putText(int fd, const char *text);
/* Creates a file with a text. */
void touch(const char *path, const char *text);
void write1(const char *path, const char *text);

/* A line of the report. */
void seen(const char *place, const void *bytes, size_t length);
void seenText(const char *place, const char *text);
void seenNumber(const char *place, long long number);
/* What a file holds, without its last line end. */
void seenFile(const char *place, const char *path);
/* Up to 4096 bytes that can be read from a descriptor now. */
void seenRead(const char *place, int fd);
/* The last part of the path of a descriptor, as /proc shows it. */
void seenPathOf(const char *place, int fd);

/* The names of what `attempt` can be asked for. */
void listAttempts(void);

/* Forks; the child runs `run`, then idles. */
pid_t child(void (*run)(void));
void idle(void);
