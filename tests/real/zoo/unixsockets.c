/* SPDX-License-Identifier: Apache-2.0 */
/* Unix sockets of all kinds, with queues, names, and a descriptor under way. */
#include "zoo.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int s_stream[2], s_seqpacket[2], s_datagram[2], s_passing[2];
static int s_abstract, s_talker, s_listener, s_named;

static socklen_t nameOf(struct sockaddr_un *address, const char *path, int abstract)
{
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    snprintf(address->sun_path + abstract, sizeof address->sun_path - (size_t)abstract, "%s", path);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)abstract + strlen(path) + !abstract);
}

static void passDescriptor(int socket, int passed, const char *text)
{
    char control[CMSG_SPACE(sizeof(int))];
    memset(control, 0, sizeof control);
    struct iovec part = {(void *)text, strlen(text)};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &passed, sizeof passed);
    need((int)sendmsg(socket, &message, 0), "sendmsg");
}

static void plant(void)
{
    struct sockaddr_un address;
    need(socketpair(AF_UNIX, SOCK_STREAM, 0, s_stream), "socketpair");
    putText(s_stream[0], value("stream queue"));
    putText(s_stream[1], value("stream queue back"));
    need(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s_seqpacket), "socketpair");
    putText(s_seqpacket[0], "one");
    putText(s_seqpacket[0], value("seqpacket queue"));
    need(socketpair(AF_UNIX, SOCK_DGRAM, 0, s_datagram), "socketpair");
    putText(s_datagram[0], value("datagram queue"));
    /* The descriptor of this file is nowhere but in the queue. */
    need(socketpair(AF_UNIX, SOCK_STREAM, 0, s_passing), "socketpair");
    touch(inValue("passed file's name"), "reached by a descriptor under way");
    const int passed = need(open(inValue("passed file's name"), O_RDONLY), "passed");
    passDescriptor(s_passing[0], passed, value("queue with a descriptor"));
    close(passed);
    /* Names. */
    s_abstract = need(socket(AF_UNIX, SOCK_DGRAM, 0), "unix");
    socklen_t length = nameOf(&address, value("abstract name"), 1);
    need(bind(s_abstract, (struct sockaddr *)&address, length), "abstract");
    s_talker = need(socket(AF_UNIX, SOCK_DGRAM, 0), "unix");
    need(connect(s_talker, (struct sockaddr *)&address, length), "abstract");
    putText(s_talker, value("queue of the abstract socket"));
    s_listener = need(socket(AF_UNIX, SOCK_STREAM, 0), "unix");
    length = nameOf(&address, inValue("listener's name"), 0);
    need(bind(s_listener, (struct sockaddr *)&address, length), "named");
    need(listen(s_listener, 7), "listen");
    mkdir(inValue("socket's folder"), 0700);
    need(chdir(inValue("socket's folder")), "chdir");
    s_named = need(socket(AF_UNIX, SOCK_DGRAM, 0), "unix");
    length = nameOf(&address, value("relative name"), 0);
    need(bind(s_named, (struct sockaddr *)&address, length), "relative");
    need(chdir("/"), "chdir");
}

static void nameSeen(const char *place, int socket, int abstract)
{
    struct sockaddr_un address;
    socklen_t length = sizeof address;
    memset(&address, 0, sizeof address);
    if (getsockname(socket, (struct sockaddr *)&address, &length) != 0)
        return;
    const char *name = address.sun_path + abstract;
    const char *last = strrchr(name, '/');
    seenText(place, last ? last + 1 : name);
}

static void report(void)
{
    char text[256];
    seenRead("stream queue", s_stream[1]);
    seenRead("stream queue back", s_stream[0]);
    seenNumber("=length of the first packet", read(s_seqpacket[1], text, sizeof text));
    seenRead("seqpacket queue", s_seqpacket[1]);
    seenRead("datagram queue", s_datagram[1]);
    seenRead("queue of the abstract socket", s_abstract);
    nameSeen("abstract name", s_abstract, 1);
    nameSeen("listener's name", s_listener, 0);
    nameSeen("relative name", s_named, 0);
    char control[CMSG_SPACE(sizeof(int))];
    struct iovec part = {text, sizeof text};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    const ssize_t length = recvmsg(s_passing[1], &message, 0);
    seen("queue with a descriptor", text, length > 0 ? (size_t)length : 0);
    const struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    int passed = -1;
    if (head && head->cmsg_type == SCM_RIGHTS)
        memcpy(&passed, CMSG_DATA(head), sizeof passed);
    seenPathOf("passed file's name", passed);
}

const struct Theme unixTheme = {"unix", plant, report};
