/* The module's arguments, as they stand in a PAM service file:
 *
 *   session optional pam_signet.so [wait=SECONDS] [debug] [min-uid=N] [socket=PATH] */
#ifndef SIGNET_MODULE_ARGUMENTS_H
#define SIGNET_MODULE_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

/* Nobody waits longer for a login, whatever the service file says. */
#define ARGUMENTS_WAIT_MAX 600

struct arguments {
    unsigned wait;   /* seconds; 0: tell the agent and go on */
    int64_t min_uid; /* -1: not given, UID_MIN of login.defs counts */
    bool debug;
    const char *socket; /* borrowed from argv, or the built-in path */
};

/* Before any argument. */
struct arguments arguments_default(void);

/* Takes one argument in. False: it is none of ours, or its value makes no sense; nothing changed.
 */
bool arguments_take(struct arguments *arguments, const char *text);

#endif
