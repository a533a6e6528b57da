/* The agent signs for the TLS client that signet-fetch is: with a key that never leaves the agent,
 * and nothing but what proves to a TLS server whose certificate it was shown. */
#ifndef SIGNET_AGENT_TLS_SIGN_H
#define SIGNET_AGENT_TLS_SIGN_H

#include "base/buf.h"
#include "base/err.h"

#include <openssl/evp.h>

/* Is CONTENT what a client's CertificateVerify signs? In TLS 1.3 (RFC 8446 section 4.4.3) 64
 * blanks, a line about itself, and a hash; in TLS 1.2 (RFC 5246 section 7.4.8) the handshake so
 * far, every message of it from ClientHello to ClientKeyExchange. No certificate, request, list or
 * SCEP message begins like either, so whoever takes over signet-fetch can have none signed. */
bool tls_sign_allows(const struct buf *content);

/* Appends the signature, made in the way with this name (fetch/tls_scheme.h). DENIED for what
 * tls_sign_allows() does not allow, BUG for a way that is not the key's. */
int tls_sign(EVP_PKEY *key, const char *scheme, const struct buf *content, struct buf *ret,
             struct err *err);

#endif
