/* Whether a key in a TPM asks for a PIN, and whether it has the right one. */
#ifndef SIGNET_STORE_TPM_PIN_H
#define SIGNET_STORE_TPM_PIN_H

#include "base/pin.h"

#include <openssl/evp.h>

/* Does the key in DER, a TSS2 PRIVATE KEY, ask for a PIN? The TPM is not asked. */
bool tpm_pin_asked(const unsigned char *der, size_t len);

/* Has KEY, as tpm_load_with_pin() gave it, sign something, once: PIN_ACCEPTED, PIN_WRONG or
 * PIN_LOCKED. Fails for what has nothing to do with the PIN. */
int tpm_pin_try(EVP_PKEY *key, enum pin_verdict *ret, struct err *err);

#endif
