/* The fields of a certificate that PKCS#11 asks for, each as it stands in the DER (RFC 5280 section
 * 4.1). Its key is not made into an OpenSSL key, which d2i_X509() does and which takes fifty times
 * as long as all the rest: a snapshot needs none. Nothing is verified here. */
#ifndef SIGNET_PKCS11_FIELDS_H
#define SIGNET_PKCS11_FIELDS_H

#include "base/buf.h"

#include <openssl/x509.h>

#define FIELDS_CHAIN_MAX 16

enum fields_key { FIELDS_OTHER, FIELDS_RSA, FIELDS_EC };

/* Zeroed is empty. All other pointers lead into the first two members. */
struct fields {
    struct fields_certificate *parsed;
    struct fields_rsa *rsa;
    struct buf der;

    uint8_t fingerprint[32]; /* SHA-256 */
    const X509_NAME *subject, *issuer;
    const ASN1_INTEGER *serial;
    const ASN1_TIME *not_before, *not_after;
    const struct fields_spki *spki;

    enum fields_key key;                    /* FIELDS_OTHER: neither RSA nor on a named curve */
    const ASN1_INTEGER *modulus, *exponent; /* RSA */
    const ASN1_OBJECT *curve;               /* EC */
    const uint8_t *point;                   /* as it stands in the certificate */
    size_t point_len;

    /* What the key usage says (RFC 5280 section 4.2.1.3); everything when it says nothing.
     * Decryption is RSA's alone. */
    bool may_sign, may_decrypt;
};

void fields_free(struct fields *fields);

/* CONFIG for what is no certificate, or for more than one. WHAT names it in the error. */
int fields_from_der(const struct buf *der, const char *what, struct fields *ret, struct err *err);
int fields_from_pem(const struct buf *pem, const char *what, struct fields *ret, struct err *err);

/* Any number up to FIELDS_CHAIN_MAX. A malloc'ed array for fields_chain_free(). */
struct fields_chain {
    struct fields *v;
    size_t n;
};
int fields_chain_from_pem(const struct buf *pem, const char *what, struct fields_chain *ret,
                          struct err *err);
void fields_chain_free(struct fields_chain *chain);

/* DER of the SubjectPublicKeyInfo, as i2d functions give it: OPENSSL_free() it. */
int fields_spki_der(const struct fields *fields, unsigned char **ret);

/* Is KEY the private key of this certificate? */
bool fields_match(const struct fields *fields, EVP_PKEY *key);

#endif
