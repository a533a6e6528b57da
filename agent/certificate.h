/* A certificate in words, as meta.json and agent/PROTOCOL.md have them. */
#ifndef SIGNET_AGENT_CERTIFICATE_H
#define SIGNET_AGENT_CERTIFICATE_H

#include "base/json.h"

#include <openssl/x509.h>

/* The name in the text form of RFC 4514, with UTF-8 as it is; NULL when out of memory. */
json_t *certificate_name(const X509_NAME *name);

/* A new object with subject, issuer, serial, sans, not_before, not_after, key and fingerprint. */
int certificate_describe(X509 *certificate, json_t **ret, struct err *err);

#endif
