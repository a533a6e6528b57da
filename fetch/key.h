/* A private key for OpenSSL that is somewhere else: whoever has it is asked for each signature. A
 * provider of our own, which the process carries in itself; it signs as a TLS client does, and
 * knows nothing else to do with a key. */
#ifndef SIGNET_FETCH_KEY_H
#define SIGNET_FETCH_KEY_H

#include "base/buf.h"
#include "base/err.h"

#include <openssl/evp.h>

/* Appends the signature of CONTENT by the scheme with this name (fetch/tls_scheme.h). */
typedef int fetch_key_signer(void *context, const char *scheme, const void *content, size_t len,
                             struct buf *ret, struct err *err);

/* The key that belongs to this public one. SIGNER is asked for its signatures, and CONTEXT, which
 * is borrowed, is that of the last key made: one at a time. */
int fetch_key_make(EVP_PKEY *public, fetch_key_signer *signer, void *context, EVP_PKEY **ret,
                   struct err *err);

#endif
