/* One connection to keyd: the wire on one side, the store's back end for this peer on the other. */
#ifndef SIGNET_PKCS11_CONNECTION_H
#define SIGNET_PKCS11_CONNECTION_H

#include <sys/socket.h>

/* Answers requests until the peer leaves; CONTEXT is the store's path. What struct listener wants
 * of `serve`: returns the exit status of this connection's process. Closes FD. */
int connection_serve(int fd, const struct ucred *peer, void *context);

#endif
