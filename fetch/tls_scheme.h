/* In which ways a TLS client signs (SignatureScheme, RFC 8446 section 4.2.3), as signet-fetch and
 * the agent name them to each other. */
#ifndef SIGNET_FETCH_TLS_SCHEME_H
#define SIGNET_FETCH_TLS_SCHEME_H

#include <stdbool.h>

struct tls_scheme {
    const char *name;
    const char *type;   /* of the key: "RSA" or "EC" */
    bool pss;           /* RSASSA-PSS, its salt as long as the hash; else PKCS #1 v1.5 */
    const char *digest; /* by OpenSSL's name */
};

/* NULL when there is none of this name, or in this way. */
const struct tls_scheme *tls_scheme_named(const char *name);
const struct tls_scheme *tls_scheme_of(const char *type, bool pss, const char *digest);

#endif
