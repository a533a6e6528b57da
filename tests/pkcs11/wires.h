/* The two ends of a connection, for checked fixtures. */
#ifndef SIGNET_TESTS_PKCS11_WIRES_H
#define SIGNET_TESTS_PKCS11_WIRES_H

#include "pkcs11/wire.h"
#include "tests/suite.h"

#include <sys/socket.h>

static struct wire ours, keyd;

static inline void wires_open(void)
{
    int fds[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    ours = (struct wire){.fd = fds[0], .passed = -1};
    keyd = (struct wire){.fd = fds[1], .passed = -1};
}

static inline void wires_close(void)
{
    wire_close(&ours);
    wire_close(&keyd);
}

#endif
