/* signet-fetch says who asks: Kerberos, NTLM, Basic, bearer tokens, all of it libcurl's. */
#ifndef SIGNET_FETCH_AUTH_H
#define SIGNET_FETCH_AUTH_H

#include "fetch/request.h"

#include <curl/curl.h>

/* What libcurl says only in passing: why there is no Kerberos ticket. */
struct fetch_auth {
    char reason[200]; /* "" when there was nothing to say */
};

/* Before anything else, once: Kerberos takes its key from KEYTAB (the first principal in it), and
 * keeps its tickets in memory. */
int fetch_auth_keytab(const char *keytab, struct err *err);

/* The options for this request; none for AUTH_NONE. NOTES is filled while it is performed. Secrets
 * go to the host that the URL names, and to no other. */
int fetch_auth_set(CURL *curl, const struct fetch_request *request, struct fetch_auth *notes,
                   struct err *err);

#endif
