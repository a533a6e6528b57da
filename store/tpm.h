/* Keys that a TPM makes and uses. What is stored of one is wrapped by that TPM and of no use
 * elsewhere. OpenSSL's provider "tpm2" (package tpm2-openssl) does the work, in a library context
 * of its own that is opened with the first such key: who has none carries nothing of it. */
#ifndef SIGNET_STORE_TPM_H
#define SIGNET_STORE_TPM_H

#include "base/pin.h"

#include <openssl/evp.h>
#include <stdbool.h>

#define TPM_DEVICE "/dev/tpmrm0"

/* Another TPM than TPM_DEVICE, as tpm2-tss names them ("swtpm:path=/run/tpm.sock"). What the
 * environment says of it does not count. NAME is not copied. No key of the TPM before may be left.
 */
void tpm_choose(const char *name);

/* Is there a TPM, and what it takes to speak to it? When not, WHY says what is missing. Does not
 * ask the TPM. */
bool tpm_is_there(struct err *why);

/* The TPM alone, whether it can be spoken to or not. */
bool tpm_is_a_device(void);

/* A new key in the TPM: RSA of SIZE bits or, with EC, on P-256, P-384 or P-521. CONFIG: there is no
 * TPM, or it makes no such keys; RETRY: it does not work at the moment. */
int tpm_generate(bool ec, unsigned size, EVP_PKEY **ret, struct err *err);

/* The key that DER, a TSS2 PRIVATE KEY, holds. CONFIG: there is no TPM, or it is another one than
 * made the key, or the key asks for a PIN. */
int tpm_load(const unsigned char *der, size_t len, EVP_PKEY **ret, struct err *err);

/* As tpm_generate(), and the key asks for PIN, which must be one (pin_check()), whenever it is
 * used. The TPM counts wrong ones: such a key is never made without that protection. */
int tpm_generate_with_pin(bool ec, unsigned size, const struct buf *pin, EVP_PKEY **ret,
                          struct err *err);

/* As tpm_load(), of a key that asks for a PIN. Whether it is this one, tpm_pin_try()
 * tells. */
int tpm_load_with_pin(const unsigned char *der, size_t len, const struct buf *pin, EVP_PKEY **ret,
                      struct err *err);

/* The public half alone, in software: needs no PIN, and counts as no try. */
int tpm_load_public(const unsigned char *der, size_t len, EVP_PKEY **ret, struct err *err);

bool tpm_holds(const EVP_PKEY *key);

/* Where OpenSSL has to look for what it does with KEY, and how: for its functions that end in _ex.
 * Both are NULL for a key that is not a TPM's. */
OSSL_LIB_CTX *tpm_library(const EVP_PKEY *key);
const char *tpm_properties(const EVP_PKEY *key);

#endif
