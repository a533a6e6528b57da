/* Telling the agent that somebody signed in. */
#ifndef SIGNET_MODULE_SIGNIN_H
#define SIGNET_MODULE_SIGNIN_H

#include "base/err.h"

#include <sys/types.h>

struct signin {
    const char *socket;
    uid_t uid;
    unsigned wait;                                 /* seconds; 0: say it and go on */
    void (*show)(void *context, const char *text); /* each step while waiting */
    void *context;
};

/* Connects, checks that the agent is who it should be, sends one line; with `wait` follows the
 * answer for at most that long. 0: the agent was told and, with `wait`, all went well. Otherwise
 * the error says in one line why not.
 *
 * Who may be the agent: what answers is believed only when it runs as root (systemd, which holds
 * the socket for the agent) or as the owner of the folder that the socket stands in (an agent that
 * was started by hand). A socket that somebody else managed to put into a folder that all may write
 * to, such as /tmp, gets nothing from us. */
int signin_tell(const struct signin *signin, struct err *err);

#endif
