/* The server's side of a pkiMessage. */
#ifndef SIGNET_TESTS_CA_PKI_H
#define SIGNET_TESTS_CA_PKI_H

#include "scep/openssl.h"

#include <openssl/pkcs7.h>

/* A certificate and its key. */
struct identity {
    X509 *certificate;
    EVP_PKEY *key;
};

/* What came in. */
struct pki_request {
    int type;
    char transaction[129];
    uint8_t nonce[16];
    X509 *signer;       /* owned */
    struct buf content; /* decrypted */
};

/* What goes out. */
struct pki_reply {
    int type, status;
    int fail_info; /* -1: none */
    const char *fail_text;
    int hresult; /* 0: none */
    const char *transaction;
    const uint8_t *nonce;
    const struct buf *content; /* NULL: none */
};

/* Unwraps with WHO's key. False when it is no good request. */
bool pki_open(const struct buf *message, const struct identity *who, struct pki_request *ret);
void pki_request_free(struct pki_request *request);

bool pki_seal(const struct pki_reply *reply, const struct identity *who, struct buf *ret);

/* Certs-only SignedData. */
bool pki_bundle(STACK_OF(X509) *certificates, struct buf *ret);

/* CONTENT signed, without any attributes of SCEP. */
bool pki_sign(const struct buf *content, const struct identity *who, struct buf *ret);

/* An empty revocation list of ISSUER, encrypted to the certificate; SHA1: signed with that. */
bool pki_crl_envelope(const struct identity *issuer, X509 *to, bool sha1, struct buf *ret);

/* How an envelope is addressed. Zeroed is the usual. */
struct pki_address {
    bool by_key_id;     /* subject key identifier, not issuer and serial number */
    const char *digest; /* of key agreement's KDF; NULL: SHA-1 */
    int wrap;           /* bits of its key wrap, 168 for triple DES; 0: AES-128 */
    bool cofactor;      /* Diffie-Hellman */
};

/* CONTENT, encrypted to the certificates. */
bool pki_encrypt(const struct buf *content, STACK_OF(X509) *to, const struct pki_address *address,
                 struct buf *ret);

/* A bundle, encrypted to the certificate. */
bool pki_envelope(STACK_OF(X509) *certificates, X509 *to, const struct pki_address *address,
                  struct buf *ret);

#endif
