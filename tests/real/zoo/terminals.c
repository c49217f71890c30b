/* SPDX-License-Identifier: Apache-2.0 */
/* Pseudo terminals with what was typed and printed, one of them controlling. */
#include "zoo.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static int s_master, s_slave, s_rawMaster, s_rawSlave;

static void plant(void)
{
    signal(SIGHUP, SIG_IGN);
    struct winsize size = {40, 132, 0, 0};
    need(openpty(&s_master, &s_slave, NULL, NULL, &size), "pty");
    ioctl(s_slave, TIOCSCTTY, 0); /* a session leader gets it as its terminal */
    struct termios state;
    tcgetattr(s_slave, &state);
    state.c_lflag &= (tcflag_t) ~(ECHO);
    tcsetattr(s_slave, TCSANOW, &state);
    putText(s_master, value("typed line"));
    putText(s_master, "\n");
    need(openpty(&s_rawMaster, &s_rawSlave, NULL, NULL, &size), "pty");
    tcgetattr(s_rawSlave, &state);
    cfmakeraw(&state);
    tcsetattr(s_rawSlave, TCSANOW, &state);
    putText(s_rawMaster, value("typed keys"));
    putText(s_rawSlave, value("printed text"));
    usleep(100000); /* the terminal layer passes it on in time of its own */
}

static void report(void)
{
    char text[4096];
    fcntl(s_slave, F_SETFL, O_NONBLOCK);
    ssize_t length = read(s_slave, text, sizeof text);
    if (length > 0 && text[length - 1] == '\n')
        --length;
    seen("typed line", text, length > 0 ? (size_t)length : 0);
    seenRead("typed keys", s_rawSlave);
    seenRead("printed text", s_rawMaster);
    struct winsize size;
    ioctl(s_slave, TIOCGWINSZ, &size);
    seenNumber("=columns", size.ws_col);
    seenNumber("=session of the terminal", tcgetsid(s_slave) == getsid(0));
}

const struct Theme terminalsTheme = {"terminals", plant, report};
