/* PKCS#11 URIs of an entry's objects (RFC 7512). */
#ifndef SIGNET_CLI_TOKEN_URI_H
#define SIGNET_CLI_TOKEN_URI_H

#include "base/json.h"

/* Appends the URI of the entry's "cert" or "private" object: token, serial, object, id, type, every
 * value percent-escaped, the id byte by byte. The same before and after a renewal. CONFIG when the
 * entry names no token. */
int token_uri(const json_t *entry, const char *type, struct buf *ret, struct err *err);

/* The one of ENTRIES, all of PROFILE, that names a token: it may do so before it has a certificate.
 * CONFIG: none does, or several. RET is borrowed. */
int token_uri_entry(const json_t *entries, const char *profile, const json_t **ret,
                    struct err *err);

#endif
