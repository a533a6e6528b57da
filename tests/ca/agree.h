/* EnvelopedData by key agreement (RFC 5753), which servers send to EC keys. */
#ifndef SIGNET_TESTS_CA_AGREE_H
#define SIGNET_TESTS_CA_AGREE_H

#include "scep/openssl.h"
#include "tests/ca/behave.h"

/* Zeroed is the usual. */
struct agree {
    bool by_key_id;     /* recipients are named by subject key identifier, RSA keys too */
    const char *digest; /* of the key derivation; NULL: SHA-1 */
    int wrap;           /* bits of the key wrap, 168 for triple DES; 0: AES-128 */
    bool cofactor;      /* Diffie-Hellman */
    bool mqv;           /* it says that it is; SHA-1 only */
    bool padded_wrap;   /* as says the key wrap; AES-128 only */
};

/* What the rules say; false when they leave it at the usual. */
bool agree_rules(const struct rules *rules, struct agree *ret);

/* Appends CONTENT, encrypted to the certificates; false when it cannot. */
bool agree_wrap(const struct buf *content, STACK_OF(X509) *to, const struct agree *how,
                struct buf *ret);

#endif
