/* What a private key does: each PKCS#11 mechanism as a row that says how OpenSSL does it. */
#ifndef SIGNET_PKCS11_SIGN_STORE_H
#define SIGNET_PKCS11_SIGN_STORE_H

#include "pkcs11/backend.h"
#include "store/key.h"

/* A private key in use. Zeroed is empty. */
struct sign_key {
    EVP_PKEY *key;
    bool may_sign, may_decrypt; /* the key usage of its certificate (RFC 5280 section 4.2.1.3) */

    /* The last operation, ready to be done again: what a client repeats costs no preparation. */
    EVP_PKEY_CTX *context;
    bool context_signs;
    struct key_operation prepared; /* never with a label */
};

/* Releases the key, which OpenSSL wipes. */
void sign_key_free(struct sign_key *key);

/* C_Sign and C_Decrypt of one part (PKCS#11 v3.0 sections 5.11, 5.9; mechanisms: current
 * mechanisms 2.1 and 2.3). The hashing mechanisms take the data itself, the others what was hashed.
 * ECDSA signatures are r and s, each as long as the order. CONFIG: mechanism, parameters or length
 * of the data are not for this key; DENIED: the key usage forbids it. */
int sign_store_sign(struct sign_key *key, const struct key_operation *operation,
                    const struct buf *data, struct buf *ret_signature, struct err *err);
int sign_store_decrypt(struct sign_key *key, const struct key_operation *operation,
                       const struct buf *data, struct buf *ret_plain, struct err *err);

#endif
