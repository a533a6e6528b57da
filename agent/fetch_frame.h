/* What the agent and signet-fetch say to each other on a stream socket, any number of times: a few
 * "NAME VALUE" lines, an empty line, then the body. Plain text, so that signet-fetch needs no
 * parser but this; never argv, where anyone could read it.
 *
 * A request has url, limit (bytes) and timeout (ms); to POST: type, and body (bytes that follow);
 * to say who asks: auth (a word), user and secret (a password or token).
 *
 * An answer has status (HTTP) and body (bytes that follow), or else error (one line).
 */
#ifndef SIGNET_AGENT_FETCH_FRAME_H
#define SIGNET_AGENT_FETCH_FRAME_H

#include "base/io.h"
#include "profile/challenge.h"

#define FETCH_URL_MAX  (64u * 1024)
#define FETCH_LINE_MAX (FETCH_URL_MAX + 64)
#define FETCH_BODY_MAX (4u * 1024 * 1024)

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
};

void fetch_request_free(struct fetch_request *request);

/* Sends a request. A URL or type with a control character or blank in it, a user or secret with a
 * control character, is CONFIG: it could forge a line. */
int fetch_request_send(int fd, const struct fetch_call *call, deadline until, struct err *err);

/* Waits for the next request. Returns 1, 0 when the agent has hung up, or negative. */
int fetch_request_receive(struct io_lines *lines, deadline until, struct fetch_request *ret,
                          struct err *err);

int fetch_answer_send(int fd, long status, const struct buf *body, deadline until, struct err *err);
int fetch_error_send(int fd, const char *text, deadline until, struct err *err);

/* An error answer becomes RETRY with its text; other errors name signet-fetch. A body of more than
 * LIMIT bytes is refused unread. */
int fetch_answer_receive(struct io_lines *lines, size_t limit, deadline until, int *ret_status,
                         struct buf *ret_body, struct err *err);

#endif
