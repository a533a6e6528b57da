/* One request and its answer, with what redirects lie between. */
#ifndef SIGNET_AGENT_FETCH_HTTP_H
#define SIGNET_AGENT_FETCH_HTTP_H

#include "agent/fetch_answer.h"
#include "agent/fetch_key.h"
#include "agent/fetch_request.h"

#include <curl/curl.h>

/* Who signs with the key of the request's certificate. */
struct fetch_signer {
    fetch_key_signer *sign;
    void *context;
};

/* Any HTTP status is success. CURL keeps its connection for the next one. RETRY: no answer was had;
 * CONFIG: it was, in a way, and will be the same next time: a certificate that nobody vouches for,
 * a redirect to another server, a proxy that wants a password. */
int fetch_http(CURL *curl, const struct fetch_request *request, const struct fetch_signer *signer,
               struct fetch_answer *ret, struct err *err);

#endif
