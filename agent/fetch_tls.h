/* HTTPS as signet-fetch speaks it: TLS 1.2 or later; the server is vouched for by the request's
 * roots or the system's; a server that asks is shown the request's certificate. And what to say
 * when it fails. */
#ifndef SIGNET_AGENT_FETCH_TLS_H
#define SIGNET_AGENT_FETCH_TLS_H

#include "agent/fetch_key.h"
#include "agent/fetch_request.h"

#include <curl/curl.h>

struct fetch_tls {
    const struct fetch_request *request;
    fetch_key_signer *signer; /* for the certificate */
    void *context;
    bool wanted;     /* the server asked for a certificate */
    char fault[600]; /* what is wrong with the server's certificate; "" when it is not that */
    struct err err;  /* of ours; class 0: none */
};

/* Sets the options of CURL; TLS, which the caller has filled but for what it is told, is used while
 * it is performed. */
int fetch_tls_set(CURL *curl, struct fetch_tls *tls, struct err *err);

/* Fills ERR for an exchange that ended with RC and libcurl's TEXT, and returns negative, when it
 * was TLS that failed; 0: it was not. */
int fetch_tls_explain(const struct fetch_tls *tls, CURLcode rc, const char *text, struct err *err);

#endif
