/* A host on loopback that says, byte by byte, what a test has it say, with TLS or without. */
#ifndef SIGNET_TESTS_FETCH_HOST_H
#define SIGNET_TESTS_FETCH_HOST_H

#include "base/buf.h"
#include "tests/ca/pki.h"

#include <stdbool.h>

struct host_line;

/* Serves one connection, in a process of its own. */
typedef void host_serve(struct host_line *line, const void *context);

struct host {
    host_serve *serve;
    const void *context;
    bool ipv6;
    const struct identity *identity; /* TLS; NULL: plain */
    X509 *chain;                     /* sent behind it; NULL: none */
    X509 *asks;                      /* TLS: wants a certificate below this one; NULL: does not */
    bool later;                      /* only once it has read the request, as IIS does: by
                                        renegotiation, in TLS 1.3 after the handshake */
    int highest;                     /* TLS1_1_VERSION, say; 0: any version */

    char url[64]; /* http(s)://127.0.0.1:PORT/scep, once it serves */
    unsigned port;
    pid_t pid;
    struct host_notes *notes; /* shared with its processes */
};

void host_start(struct host *host);
void host_stop(struct host *host);
#define HOST(h) CLEANUP(host_stop) struct host h

unsigned host_connections(const struct host *host);
/* Times that TEXT stands in what it was asked. */
unsigned host_asked(const struct host *host, const char *text);

/* --- for who serves --- */

/* One request, head and body. False when there is none (any more). */
bool host_read(struct host_line *line, struct buf *ret);
/* False when nobody listens any more. */
bool host_write(struct host_line *line, const void *data, size_t len);
bool host_say(struct host_line *line, const char *text);
/* Until the other end hangs up. */
void host_wait(struct host_line *line);
/* The connection ends with a reset. */
void host_reset(struct host_line *line);

/* Ways to serve. CONTEXT is what the comment says. */
host_serve host_text;  /* a text, to every request; then hangs up */
host_serve host_relay; /* the port (const unsigned *) of a plain server that has the answer */
host_serve host_proxy; /* NULL, or the Proxy-Authorization (const char *) that it wants */

/* A key (EC) and a certificate for the alternative names SAN ("IP:127.0.0.1"), by CA, valid from
 * and to so many seconds from now. */
struct identity host_identity(const struct identity *ca, const char *san, long from, long to);
/* A key and a CA certificate, by ABOVE, or by itself. */
struct identity host_ca(const char *name, const struct identity *above);
/* A key of RSA 2048 and a certificate by CA. */
struct identity host_rsa(const struct identity *ca, const char *name);
void host_identity_free(struct identity *identity);
#define HOST_HERE "IP:127.0.0.1,IP:::1,DNS:localhost"

#endif
