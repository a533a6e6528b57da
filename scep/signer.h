/* Who signs a SCEP message and to whom the answer is encrypted. */
#ifndef SIGNET_SCEP_SIGNER_H
#define SIGNET_SCEP_SIGNER_H

#include "base/clock.h"
#include "profile/request.h"
#include "scep/openssl.h"

/* Owns both. Zeroed is empty. */
struct signer {
    X509 *certificate;
    EVP_PKEY *key;
    int64_t key_ms; /* what a temporary key took to make */
};

void signer_free(struct signer *signer);

/* What is there already: the certificate that is being replaced, and its key, which prove who asks;
 * or what signer_self() made before. */
int signer_given(X509 *certificate, EVP_PKEY *key, struct signer *ret, struct err *err);

/* Can this certificate sign now, and what comes back for it be opened with its key? Either may be
 * NULL: no. */
bool signer_is_of_use(const X509 *certificate, EVP_PKEY *key);

/* A self-signed certificate with SUBJECT (RFC 8894 section 2.3), for KEY when it is an RSA key
 * that can decrypt, else (NULL too) for a temporary RSA key: most servers can encrypt an answer to
 * nothing else. Its serial number follows from the transactionID, so that a poll comes from the
 * same issuer and serial as the request did. */
int signer_self(EVP_PKEY *key, const X509_NAME *subject, enum hash hash, const char *transaction_id,
                struct signer *ret, struct err *err);

#endif
