/* SPDX-License-Identifier: Apache-2.0 */
/* A network of its own: TCP with data in all queues, UDP, netlink, packet and raw sockets, interfaces, rules.
 */
#include "zoo.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int s_client, s_server, s_stuckClient, s_stuckServer, s_six;
static unsigned s_tunIndex, s_bridgeIndex;

static void run(const char *format, const char *argument)
{
    char command[512];
    snprintf(command, sizeof command, format, argument);
    if (system(command) != 0)
        fprintf(stderr, "failed: %.60s\n", format);
    explicit_bzero(command, sizeof command);
}

/* A connection over loopback; `received` bytes of receive buffer at the accepting end, 0: the default. */
static void connection(int family, uint16_t port, int received, int *client, int *server)
{
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } address;
    memset(&address, 0, sizeof address);
    address.any.sa_family = (sa_family_t)family;
    if (family == AF_INET) {
        address.four.sin_port = htons(port);
        address.four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    } else {
        address.six.sin6_port = htons(port);
        address.six.sin6_addr = in6addr_loopback;
    }
    const socklen_t length = family == AF_INET ? sizeof address.four : sizeof address.six;
    const int listener = need(socket(family, SOCK_STREAM, 0), "tcp");
    const int one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (received > 0)
        setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &received, sizeof received);
    need(bind(listener, &address.any, length), "bind");
    need(listen(listener, 5), "listen");
    *client = need(socket(family, SOCK_STREAM, 0), "tcp");
    setsockopt(*client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(*client, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    need(connect(*client, &address.any, length), "connect");
    *server = need(accept(listener, NULL, NULL), "accept");
}

static void plant(void)
{
    need(unshare(CLONE_NEWNET), "unshare");
    run("ip link set lo up", "");
    run("ip link add %s type bridge", value("bridge name"));
    run("ip addr add 10.77.0.1/24 dev %s", value("bridge name"));
    run("ip link set %s up", value("bridge name"));
    run("ip route add 10.78.0.0/16 via 10.77.0.9 dev %s", value("bridge name"));
    run("ip rule add from 10.79.0.1 table 77", "");
    run("iptables-legacy -A INPUT -p tcp --dport 4711 -m comment --comment %s -j ACCEPT",
        value("rule's comment"));
    run("iptables-legacy -A INPUT -m conntrack --ctstate INVALID -j DROP", ""); /* has connections tracked */
    run("iptables-nft -N %s", value("chain name"));
    s_bridgeIndex = if_nametoindex(value("bridge name"));

    connection(AF_INET, 47123, 0, &s_client, &s_server);
    putText(s_client, value("queue to the server"));
    putText(s_server, value("queue to the client"));
    connection(AF_INET6, 47124, 0, &s_six, &(int){0});
    /* More than the other end takes, so that the last of it stays in the sending queue. */
    connection(AF_INET, 47125, 4096, &s_stuckClient, &s_stuckServer);
    const int size = 65536;
    setsockopt(s_stuckClient, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    fcntl(s_stuckClient, F_SETFL, O_NONBLOCK);
    char block[8000];
    memset(block, '.', sizeof block);
    for (int i = 0; i < 4; ++i)
        put(s_stuckClient, block, sizeof block);
    putText(s_stuckClient, value("queue of unsent data"));
    /* Half closed. */
    int client, server;
    connection(AF_INET, 47126, 0, &client, &server);
    shutdown(client, SHUT_WR);

    const int udp = need(socket(AF_INET6, SOCK_DGRAM, 0), "udp");
    struct sockaddr_in6 six = {
        .sin6_family = AF_INET6, .sin6_port = htons(47127), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    need(bind(udp, (struct sockaddr *)&six, sizeof six), "udp");
    const int lite = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);
    const struct sockaddr_in four = {
        .sin_family = AF_INET, .sin_port = htons(47128), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (lite >= 0)
        need(bind(lite, (const struct sockaddr *)&four, sizeof four), "udplite");
    need(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), "raw");
    need(socket(AF_PACKET, SOCK_RAW, 0), "packet");
    const int link = need(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), "netlink");
    /* A group in which nothing is said: CRIU dumps no netlink socket with data. */
    struct sockaddr_nl mine = {.nl_family = AF_NETLINK, .nl_groups = 1U << 19};
    need(bind(link, (struct sockaddr *)&mine, sizeof mine), "netlink");

    const int tun = open("/dev/net/tun", O_RDWR);
    if (tun < 0) {
        perror("tun");
        return;
    }
    struct ifreq request;
    memset(&request, 0, sizeof request);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", value("tap name"));
    need(ioctl(tun, TUNSETIFF, &request), "tun");
    s_tunIndex = if_nametoindex(request.ifr_name);
    explicit_bzero(&request, sizeof request);
}

static void report(void)
{
    char text[65536];
    seenRead("queue to the server", s_server);
    seenRead("queue to the client", s_client);
    size_t length = 0;
    for (int i = 0; i < 200 && length < 32000; ++i) {
        const ssize_t got = recv(s_stuckServer, text + length, sizeof text - length, MSG_DONTWAIT);
        if (got > 0)
            length += (size_t)got;
        else
            usleep(10000);
    }
    seen("queue of unsent data", text + 32000, length > 32000 ? length - 32000 : 0);
    seenText("bridge name", if_indextoname(s_bridgeIndex, text) ? text : "?");
    seenText("tap name", if_indextoname(s_tunIndex, text) ? text : "?");
    char command[1024];
    snprintf(command, sizeof command,
             "iptables-legacy-save 2>/dev/null | sed -n 's/.*--comment \\([a-z0-9]*\\) .*/\\1/p' >%s",
             in("comment"));
    if (system(command) == 0)
        seenFile("rule's comment", in("comment"));
    snprintf(command, sizeof command,
             "iptables-nft-save 2>/dev/null | sed -n 's/^:\\([a-z][a-z0-9]*\\) .*/\\1/p' >%s", in("chain"));
    if (system(command) == 0)
        seenFile("chain name", in("chain"));
    socklen_t size = sizeof(int);
    int one = 0;
    getsockopt(s_client, IPPROTO_TCP, TCP_NODELAY, &one, &size);
    seenNumber("=nodelay", one);
}

const struct Theme networkTheme = {"network", plant, report};
