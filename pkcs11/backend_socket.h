/* The back end of the module: a connection to keyd, made once and held. */
#ifndef SIGNET_PKCS11_BACKEND_SOCKET_H
#define SIGNET_PKCS11_BACKEND_SOCKET_H

#include "pkcs11/backend.h"

/* Connects to SIGNET_KEYD_SOCKET (not in a privileged program), or to keyd.sock where it always is.
 * A missing service is no error: the journal is told, and the next call tries again. ret->close()
 * frees it. */
int backend_socket_open(struct backend **ret, struct err *err);

#endif
