/* What the agent asks of signet-fetch.
 *
 * The lines: url, limit (bytes) and timeout (ms); to POST: type, and body (bytes that follow); to
 * say who asks: auth (a word), user and secret (a password or token); redirects, which are followed
 * (a number; none without it); for the connection: proxy (a URL) and login (USER:PASSWORD for it),
 * roots and certificate (bytes that follow). What follows comes in this order: roots, certificate,
 * body. */
#ifndef SIGNET_FETCH_REQUEST_H
#define SIGNET_FETCH_REQUEST_H

#include "fetch/frame.h"
#include "profile/challenge.h"

#define FETCH_PEM_MAX       (256u * 1024) /* roots; a certificate with its chain */
#define FETCH_REDIRECTS_MAX 5

/* How to get there, whatever is asked. All is borrowed. */
struct fetch_route {
    const char *proxy;             /* http://HOST:PORT; NULL: none */
    const struct buf *login;       /* for the proxy, USER:PASSWORD; NULL or empty: none */
    const struct buf *roots;       /* DER certificates, one behind the other, that vouch for the
                                      server besides the system's; NULL: none */
    const struct buf *certificate; /* PEM, with its chain, shown to a server that wants one; NULL or
                                      empty: none. Its key signs through fetch/answer.h */
};

/* What is to be asked. All is borrowed. */
struct fetch_call {
    const char *url;
    const char *type; /* of the body; NULL together with it: GET */
    const struct buf *body;
    enum challenge_auth auth;
    const char *user;         /* NULL: none */
    const struct buf *secret; /* NULL: none */
    size_t limit;             /* of the answer's body */
    int64_t timeout_ms;
    int redirects; /* that are followed, FETCH_REDIRECTS_MAX at most; a further one is an error;
                      0: a redirect is an answer */
    struct fetch_route route;
};

/* The same, as it arrived; owned. */
struct fetch_request {
    char *url;
    char *type; /* NULL: GET */
    struct buf body;
    enum challenge_auth auth;
    char *user;        /* NULL: none */
    struct buf secret; /* empty: none */
    size_t limit;
    int64_t timeout_ms;
    int64_t redirects;
    char *proxy;                          /* NULL: none */
    struct buf login, roots, certificate; /* empty: none */
};

void fetch_request_free(struct fetch_request *request);

/* Sends a request. A URL or type with a control character or blank in it, a user, secret or login
 * with a control character, is CONFIG: it could forge a line. */
int fetch_request_send(int fd, const struct fetch_call *call, deadline until, struct err *err);

/* Waits for the next request. Returns 1, 0 when the agent has hung up, or negative. */
int fetch_request_receive(struct io_lines *lines, deadline until, struct fetch_request *ret,
                          struct err *err);

#endif
