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
    const EVP_MD *digest;      /* NULL: SHA-256 */
    bool no_status;            /* leaves pkiStatus out */
    bool empty_status;         /* pkiStatus without a value */
    bool no_signer;            /* nobody signs */
    bool bare;                 /* no certificate comes with it */
    bool hollow;               /* PENDING with an empty content */
};

/* Unwraps with WHO's key. CHAIN: more than the signer's certificate may have come with it. False
 * when it is no good request. */
bool pki_open(const struct buf *message, const struct identity *who, bool chain,
              struct pki_request *ret);
void pki_request_free(struct pki_request *request);

bool pki_seal(const struct pki_reply *reply, const struct identity *who, struct buf *ret);

/* Certs-only SignedData. */
bool pki_bundle(STACK_OF(X509) *certificates, struct buf *ret);

/* The same with an empty revocation list of ISSUER, and no certificate; SHA1: signed with that;
 * EXPIRED: its nextUpdate has passed. */
bool pki_crl(const struct identity *issuer, bool sha1, bool expired, struct buf *ret);

/* CONTENT signed, without any attributes of SCEP. */
bool pki_sign(const struct buf *content, const struct identity *who, struct buf *ret);

#endif
