/* The listener that keyd and the agent share: a Unix stream socket from systemd or of our own, one
 * forked child per connection, the peer's credentials read before anything else. */
#ifndef SIGNET_BASE_LISTEN_H
#define SIGNET_BASE_LISTEN_H

#include "base/err.h"

#include <sys/socket.h>

struct listener {
    int fd;
    /* Connections at one time. Root's do not count here, and are limited too. */
    unsigned max_children; /* of all users together, 1000 at most */
    unsigned max_per_uid;  /* of one user */

    /* Serves one connection in a child of its own, which exits with what this returns. */
    int (*serve)(int fd, const struct ucred *peer, void *context);
    /* The rest is called in the parent, and each may be NULL. */
    void (*crashed)(void *context); /* after a child was killed by a signal */
    void (*reload)(void *context);  /* on SIGHUP */
    /* Whenever the listener wakes; returns the milliseconds after which to wake again, -1 for none.
     */
    int (*tick)(void *context);
    void *context;
};

/* The one socket that systemd passed (LISTEN_PID, LISTEN_FDS); without one, binds PATH with mode
 * 0666, replacing a stale socket there but never one that answers. Who may do what is decided by
 * the peer's uid, not by the socket's mode. PATH may be NULL where only systemd's socket will do.
 */
int listen_open(const char *path, int *ret_fd, struct err *err);

/* Accepts until SIGTERM or SIGINT; children then end by themselves. Over a limit, a connection is
 * closed unserved and the log says so once per burst. Returns 0 after the signal. */
int listen_run(struct listener *listener, struct err *err);

/* The peer of a connected Unix socket. */
int listen_peer(int fd, struct ucred *ret, struct err *err);

#endif
