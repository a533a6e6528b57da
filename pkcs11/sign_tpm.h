/* Signatures by a key in a TPM. It signs hashes only, of a kind that it is told and knows, and
 * fills them up itself: what PKCS#11's mechanisms leave to the caller has to be read out of the
 * data. */
#ifndef SIGNET_PKCS11_SIGN_TPM_H
#define SIGNET_PKCS11_SIGN_TPM_H

#include "store/tpm.h"

#include "base/buf.h"

/* What is to be signed. PADDING is one of OpenSSL's, 0: ECDSA. */
struct sign_tpm_input {
    int padding;
    const EVP_MD *md;   /* the hash that DATA is; NULL with PKCS#1: DATA is a DigestInfo */
    const EVP_MD *mgf1; /* of PSS, like the length of the salt */
    uint32_t salt_len;
    const uint8_t *data;
    size_t len;
};

/* RET gets what OpenSSL makes: of ECDSA the DER. CONFIG: the TPM does not do this. */
int sign_tpm(EVP_PKEY *key, const struct sign_tpm_input *input, struct buf *ret, struct err *err);

#endif
