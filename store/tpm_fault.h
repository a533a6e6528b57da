/* What a TPM's refusal means for whoever has to do something about it. */
#ifndef SIGNET_STORE_TPM_FAULT_H
#define SIGNET_STORE_TPM_FAULT_H

#include "base/err.h"

/* As openssl_error(), for what the provider "tpm2" left in OpenSSL's queue: where the TPM's
 * response code (TPM 2.0 Library, part 2, section 6.6) is one that a person can do something about,
 * the text is "WHAT: " and that, and the class is what it says; else CLASS and OpenSSL's reasons.
 */
int tpm_fault(enum err_class class, const char *what, struct err *err);

#endif
