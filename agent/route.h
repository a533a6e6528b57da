/* How a profile's servers are reached: whose certificates are believed, which certificate of ours
 * is shown, through which proxy. The same for its SCEP servers and for its challenge's. */
#ifndef SIGNET_AGENT_ROUTE_H
#define SIGNET_AGENT_ROUTE_H

#include "agent/agent.h"
#include "fetch/request.h"

#include <openssl/evp.h>

/* Owned, but for what borrows from the agent's profiles. Zeroed: straight there, and the system's
 * roots alone. */
struct route {
    const char *proxy;                /* NULL: none */
    const struct strings *exceptions; /* servers that it is not for; NULL: none */
    struct buf login;                 /* for the proxy */
    const struct buf *roots;          /* NULL: none */
    struct buf certificate;           /* with its chain; empty: none */
    EVP_PKEY *key;                    /* of it, which stays here */
};

void route_close(struct route *route);

/* The route for this profile of OWNER. CONFIG: a file of the proxy's is no good, or the certificate
 * for TLS, or its key, cannot be used. */
int route_open(const struct agent *agent, const struct profile *profile, const struct owner *owner,
               struct route *ret, struct err *err);

/* Is the certificate that the profile shows to servers there, and valid? 1; 0, and RET_REASON
 * appended to, why not; a profile that shows none is 1. */
int route_ready(const struct agent *agent, const struct profile *profile, const struct owner *owner,
                struct buf *ret_reason, struct err *err);

/* The same, for a call to URL. */
struct fetch_route route_to(const struct route *route, const char *url);

#endif
