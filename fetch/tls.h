/* HTTPS as signet-fetch speaks it: TLS 1.2 or later; the server is vouched for by the request's
 * roots or the system's; a server that asks is shown the request's certificate. And what to say
 * when it fails. */
#ifndef SIGNET_FETCH_TLS_H
#define SIGNET_FETCH_TLS_H

#include "fetch/key.h"
#include "fetch/request.h"

#include <curl/curl.h>

struct fetch_tls {
    fetch_key_signer *signer; /* with the key of the request's certificate */
    void *context;
    /* Of the exchange under way; fetch_tls_set() begins it. */
    const struct fetch_request *request;
    bool wanted;     /* the server asked for a certificate */
    char fault[600]; /* what is wrong with the server's certificate; "" when it is not that */
    struct err err;  /* of ours; class 0: none */
};

/* Sets the options of CURL for REQUEST. TLS is used while it is performed, and as long as it keeps
 * a connection. */
int fetch_tls_set(CURL *curl, const struct fetch_request *request, struct fetch_tls *tls,
                  struct err *err);

/* Fills ERR for an exchange that ended with RC and libcurl's TEXT, and returns negative, when it
 * was TLS that failed; 0: it was not. */
int fetch_tls_explain(const struct fetch_tls *tls, CURLcode rc, const char *text, struct err *err);

#endif
