/* What is strong enough for a profile: its minimum-crypto, and whether single DES is let pass. */
#ifndef SIGNET_SCEP_STRENGTH_H
#define SIGNET_SCEP_STRENGTH_H

#include "base/err.h"
#include "profile/request.h"

#include <openssl/x509.h>

/* Zeroed: whatever a client after RFC 8894 may use. */
struct strength {
    enum minimum_crypto minimum;
    bool accept_des; /* in an answer's envelope, whatever `minimum` says */
};

/* "aes128-sha256", as a profile has it. Static. */
const char *strength_name(enum minimum_crypto minimum);

/* May NID be the cipher of an envelope? CONFIG names it, and the key to change. */
int strength_cipher(const struct strength *strength, int nid, struct err *err);

/* May NID be the digest of the signature on WHAT ("the answer")? CONFIG, in the same way. */
int strength_digest(const struct strength *strength, int nid, const char *what, struct err *err);

/* Is the signature on CERTIFICATE good enough? RET_WEAK: it is, by way of a minimum that lets SHA-1
 * pass. MD5 never is. */
int strength_signature(const struct strength *strength, X509 *certificate, bool *ret_weak,
                       struct err *err);

/* In the same way, the signature on a revocation list. */
int strength_crl(const struct strength *strength, const X509_CRL *crl, struct err *err);

/* RSA of less than 1024 bits, and what is as weak, is CONFIG. */
int strength_key(X509 *certificate, struct err *err);

#endif
