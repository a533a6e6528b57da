/* The server's end of the line: URLs, HTTP statuses, and what to say when it is not SCEP that comes
 * back. */
#ifndef SIGNET_SCEP_SERVER_H
#define SIGNET_SCEP_SERVER_H

#include "scep/client.h"

/* No answer that is larger is looked at. */
#define ANSWER_MAX (1024u * 1024)

struct server {
    const struct scep_operation *operation;
    const char *url;             /* the profile's, without query; borrowed */
    int64_t wait_us;             /* spent in the transport */
    const struct buf *challenge; /* that may have been sent; NULL: none */
};

/* One exchange "URL?operation=OPERATION&message=...": by GET with MESSAGE as it is percent-escaped
 * (NULL: empty), or, with POST, with POST as the body. Any HTTP status is success here. */
int server_call(struct server *server, const char *operation, const struct buf *message,
                const struct buf *post, struct scep_answer *ret, struct err *err);

/* 0 for HTTP 200, else an error that has status and beginning of the body: DENIED for 401 and 403,
 * RETRY for 408, 429 and 5xx, else CONFIG. */
int server_status(const struct scep_answer *answer, struct err *err);

/* HTTP 200 with something that is not WHAT ("a SCEP answer"): RETRY, with the beginning of the
 * body. */
int server_strange(const struct scep_answer *answer, const char *what, struct err *err);

#endif
