/* Keys that a TPM makes and uses. What is stored of one is wrapped by that TPM and of no use
 * elsewhere. OpenSSL's provider "tpm2" (package tpm2-openssl) does the work, in a library context
 * of its own that is opened with the first such key: who has none carries nothing of it. */
#ifndef SIGNET_STORE_TPM_H
#define SIGNET_STORE_TPM_H

#include "base/pin.h"
#include "store/tpm_presence.h"
#include "store/tpm_room.h"

#include <openssl/evp.h>

/* Whatever openssl.cnf loads, nothing but keys that are made or loaded here uses a TPM. To be
 * called once, by who has such keys. */
int tpm_keep_apart(struct err *err);

/* Another TPM than TPM_DEVICE, as tpm2-tss names them ("swtpm:path=/run/tpm.sock"). What the
 * environment says of it does not count. NAME is not copied. No key of the TPM before may be left.
 */
void tpm_choose(const char *name);

/* How long the TPM may take to say its first word, in place of eight seconds. */
void tpm_wait(int64_t ms);

/* ROOT, not copied, stands before TPM_DEVICE and whatever else tells of a TPM, for tests. */
void tpm_look_below(const char *root);

/* Is there a TPM, and what it takes to speak to it? Does not ask the TPM. CONFIG: there is not;
 * RETRY: it may still come. */
int tpm_find(struct err *err);

/* Does the machine have one, whether it can be spoken to or not? */
bool tpm_is_announced(void);

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

/* As tpm_load(), of a key that asks for a PIN. Whether it is this one, tpm_pin_try() tells. */
int tpm_load_with_pin(const unsigned char *der, size_t len, const struct buf *pin, EVP_PKEY **ret,
                      struct err *err);

/* The public half alone, in software: needs no PIN, and counts as no try. */
int tpm_load_public(const unsigned char *der, size_t len, EVP_PKEY **ret, struct err *err);

/* 1: what the TPM at TPM_DEVICE tells of wrong PINs; 0: another was chosen, which may take no
 * second connection. */
int tpm_room(struct tpm_room *ret, struct err *err);

bool tpm_holds(const EVP_PKEY *key);

/* After a call of OpenSSL's that failed with a key of the TPM: as tpm_fault(). What the provider
 * has left in the TPM goes with the last key in use. */
int tpm_failed(enum err_class class, const char *what, struct err *err);

/* Where OpenSSL has to look for what it does with KEY, and how: for its functions that end in _ex.
 * Both are NULL for a key that is not a TPM's. */
OSSL_LIB_CTX *tpm_library(const EVP_PKEY *key);
const char *tpm_properties(const EVP_PKEY *key);

#endif
