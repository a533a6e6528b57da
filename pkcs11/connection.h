/* One connection to keyd: the wire on one side, the store's back end for this peer on the other. */
#ifndef SIGNET_PKCS11_CONNECTION_H
#define SIGNET_PKCS11_CONNECTION_H

#include <stdint.h>
#include <sys/socket.h>

/* What serves all connections alike. */
struct connection_setting {
    const char *store;
    int64_t operation_ms; /* for one signature or decryption; then the process ends (SIGALRM) */
};

/* Long enough for a slow TPM that others use too. The module waits for half a minute: it can still
 * ask a new process, which tells what is wrong. */
#define CONNECTION_OPERATION_MS 20000

/* Answers requests until the peer leaves; CONTEXT is a struct connection_setting. What struct
 * listener wants of `serve`: returns the exit status of this connection's process. Closes FD. */
int connection_serve(int fd, const struct ucred *peer, void *context);

#endif
