/* Keys and certificates as PEM in the store and as OpenSSL objects outside it. */
#ifndef SIGNET_STORE_KEY_H
#define SIGNET_STORE_KEY_H

#include "base/buf.h"

#include <openssl/x509.h>

DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free)
DEFINE_CLEANUP(X509 *, X509_free)

static inline void x509_stack_free(STACK_OF(X509) *stack)
{
    sk_X509_pop_free(stack, X509_free);
}
DEFINE_CLEANUP(STACK_OF(X509) *, x509_stack_free)

/* A new RSA key of SIZE bits, or, with EC, a key on P-256, P-384 or P-521. */
int key_generate(bool ec, unsigned size, EVP_PKEY **ret, struct err *err);

/* PKCS#8, unencrypted: the store's folder mode is its protection; of a TPM's key what the TPM has
 * wrapped. */
int key_to_pem(EVP_PKEY *key, struct buf *ret, struct err *err);
/* A TPM's key is loaded into the TPM: tpm_load(). */
int key_from_pem(const struct buf *pem, EVP_PKEY **ret, struct err *err);
/* Does a TPM ask for a PIN before it uses the key? False for what is no key at all. */
bool key_asks_pin(const struct buf *pem);
/* As key_from_pem(), of a key that asks for this PIN: tpm_load_with_pin(). CONFIG: it asks for
 * none.
 */
int key_from_pem_with_pin(const struct buf *pem, const struct buf *pin, EVP_PKEY **ret,
                          struct err *err);
/* The public half alone, for which no PIN is needed. */
int key_public_from_pem(const struct buf *pem, EVP_PKEY **ret, struct err *err);
/* Is PEM whole, and the key of this certificate? For a TPM's key only its public half tells: the
 * TPM is not asked. */
int key_check(const struct buf *pem, const X509 *certificate, struct err *err);

int certificate_to_pem(const X509 *certificate, struct buf *ret, struct err *err);
int certificate_from_pem(const struct buf *pem, X509 **ret, struct err *err);
/* DER or PEM, one certificate and nothing behind it. WHAT names it in the error. */
int certificate_parse(const struct buf *data, const char *what, X509 **ret, struct err *err);

int chain_to_pem(const STACK_OF(X509) *chain, struct buf *ret, struct err *err);

/* Fills ERR with "WHAT: " and OpenSSL's reasons, the queue emptied. Returns -CLASS. */
int openssl_error(struct err *err, enum err_class class, const char *what);

#endif
