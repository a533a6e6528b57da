/* What the agent and signet-fetch say to each other: a few "NAME VALUE" lines, an empty line, then
 * the body. Plain text, so that signet-fetch needs no parser but this; on standard input, so that
 * no URL with a message in it stands in argv.
 *
 *   request: url, body (bytes to POST; absent for GET), type (of the body), limit (bytes), timeout
 * (ms) answer:  status (HTTP), then the body;  or  error (one line), no body */
#ifndef SIGNET_AGENT_FETCH_FRAME_H
#define SIGNET_AGENT_FETCH_FRAME_H

#include "base/buf.h"

#define FETCH_URL_MAX    (64u * 1024)
#define FETCH_ANSWER_MAX (4u * 1024 * 1024)

struct fetch_request {
    char *url;  /* borrowed when written, owned when read */
    char *type; /* NULL: GET */
    struct buf body;
    size_t limit;
    int64_t timeout_ms;
};

void fetch_request_free(struct fetch_request *request);

/* Appends the frame. A URL or type with a control character or blank in it is CONFIG: it could
 * forge a line. */
int fetch_request_write(const char *url, const char *type, const struct buf *body, size_t limit,
                        int64_t timeout_ms, struct buf *ret, struct err *err);
int fetch_request_read(const struct buf *frame, struct fetch_request *ret, struct err *err);

int fetch_answer_write(long status, const struct buf *body, struct buf *ret, struct err *err);
int fetch_error_write(const char *text, struct buf *ret, struct err *err);

/* An error answer becomes RETRY with its text. */
int fetch_answer_read(const struct buf *frame, int *ret_status, struct buf *ret_body,
                      struct err *err);

#endif
