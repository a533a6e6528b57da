/* Who is at the other end of a connection, and which entries they may see and sign with. */
#ifndef SIGNET_PKCS11_PEER_H
#define SIGNET_PKCS11_PEER_H

#include "store/entry.h"

#include <sys/socket.h>

struct peer {
    uid_t uid;
    gid_t gid;
    gid_t *groups; /* supplementary */
    size_t n_groups;
    char *name; /* what NSS calls the uid, once it was asked; NULL: nobody, or it did not answer */
    int named;  /* its answer: 1, 0 for nobody, or negative */
    bool asked;
    bool unsure; /* NSS failed to tell whether an access list names it */
};

/* The peer of a connected Unix socket as it was when it connected: CREDENTIALS (SO_PEERCRED) and
 * its supplementary groups (SO_PEERGROUPS). */
int peer_of_socket(int fd, const struct ucred *credentials, struct peer *ret, struct err *err);

int peer_copy(const struct peer *peer, struct peer *ret, struct err *err);
void peer_free(struct peer *peer);

/* Root uses everything, a user what stands under its uid, if it is also the one who is named there.
 */
bool peer_owns(const struct peer *peer, const struct entry_id *id);

/* May the peer see the entry and sign with its key? 1: it is root, or the entry is its own (its
 * uid, and its name: an account that was made anew with an old uid is somebody else), or the access
 * list names it. 0: no. RETRY when NSS failed. The peer's own name is looked up once. */
int peer_may_use(struct peer *peer, const struct entry *entry, struct err *err);

/* Did NSS fail since the last time? Then it is asked again by the next peer_may_use(). */
bool peer_forget_failure(struct peer *peer);

/* Is the peer named in ACCESS: a user's name, or @ and the name of a group that the peer's process
 * is in or that has the user as a member? 1, or 0. Asks NSS, and only when ACCESS is not empty. A
 * name that NSS does not know matches nobody; RETRY when it could not look one up, and none of the
 * others is the peer's. */
int peer_is_named(struct peer *peer, const struct strings *access, struct err *err);

#endif
