/* What signet-fetch says to a request, and what it may ask in between.
 *
 * An answer has status (HTTP), retry-after (seconds, where the server told any) and body (bytes
 * that follow), or else error: the class of the error, and one line; where nothing came in time,
 * timeout instead of error.
 *
 * Before it may come, any number of times, sign: the name of a scheme (fetch/tls_scheme.h), and
 * body: what the key of the request's certificate is to sign. To that the agent says signature
 * (bytes that follow), or error. */
#ifndef SIGNET_FETCH_ANSWER_H
#define SIGNET_FETCH_ANSWER_H

#include "fetch/frame.h"

#define FETCH_SIGN_MAX        (512u * 1024) /* a whole handshake, with the certificates of both */
#define FETCH_SIGNATURE_MAX   2048u
#define FETCH_RETRY_AFTER_MAX (24 * 60 * 60) /* seconds */

struct fetch_answer {
    int status;          /* HTTP; 0: a signature is asked for */
    char scheme[32];     /* by which, then */
    int64_t retry_after; /* seconds, 0: nothing was said */
    struct buf body;     /* what came, or what is to be signed */
    bool timed_out;      /* beside an error: nothing came in time */
};

void fetch_answer_free(struct fetch_answer *answer);

int fetch_answer_send(int fd, const struct fetch_answer *answer, deadline until, struct err *err);

/* Instead of an answer, or of a signature. */
int fetch_error_send(int fd, const struct err *error, bool timed_out, deadline until,
                     struct err *err);

/* An error answer becomes an error of its class with its text, and RET is left as it is but for
 * timed_out; other errors name signet-fetch. A body of more than LIMIT bytes is refused unread. */
int fetch_answer_receive(struct io_lines *lines, size_t limit, deadline until,
                         struct fetch_answer *ret, struct err *err);

/* The agent's word to an answer that asks for a signature. */
int fetch_signature_send(int fd, const struct buf *signature, deadline until, struct err *err);
int fetch_signature_receive(struct io_lines *lines, deadline until, struct buf *ret,
                            struct err *err);

#endif
