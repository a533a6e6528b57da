/* One request and its answer, with what redirects lie between. */
#ifndef SIGNET_FETCH_HTTP_H
#define SIGNET_FETCH_HTTP_H

#include "fetch/answer.h"
#include "fetch/tls.h"

#include <curl/curl.h>

/* Lives as long as connections may: a server may ask for a certificate in the middle of one. */
struct fetch_client {
    CURL *curl;
    struct fetch_tls tls; /* zeroed, but for who signs */
};

/* Any HTTP status is success. CLIENT keeps its connection for the next one. RETRY: no answer was
 * had, and where that is for want of time RET's timed_out says so; CONFIG: it was, in a way, and
 * will be the same next time: a certificate that nobody vouches for, a redirect to another server,
 * a proxy that wants a password. */
int fetch_http(struct fetch_client *client, const struct fetch_request *request,
               struct fetch_answer *ret, struct err *err);

#endif
