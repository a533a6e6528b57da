/* The test CA behind a real socket. */
#ifndef SIGNET_TESTS_CA_HTTP_H
#define SIGNET_TESTS_CA_HTTP_H

#include "base/text.h"
#include "tests/ca/ca.h"

/* Borrowed while it runs; one thread of libmicrohttpd serves, so the CA needs no lock. */
struct http {
    struct ca *ca;
    const struct strings *rules; /* that hold for every request */
    const char *rules_file;      /* NULL, or a file with more, read anew for every request */
    FILE *log; /* NULL, or gets "METHOD OPERATION STATUS what" for every request */
};

/* Listens on 127.0.0.1, PORT 0: any. Returns the port, 0 when it cannot. It serves until the
 * process ends. */
unsigned http_start(struct http *http, unsigned port);

#endif
