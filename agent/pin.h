/* Profiles whose key asks for a PIN: what goes on without its user, and what does not. */
#ifndef SIGNET_AGENT_PIN_H
#define SIGNET_AGENT_PIN_H

#include "base/pin.h"
#include "profile/profile.h"

#include <openssl/evp.h>

bool pin_is_asked(const struct profile *profile);

/* What its user is told when nothing goes on without: a line in WHY. RENEWAL: there is a
 * certificate, so the PIN is known. */
void pin_await(const struct profile *profile, bool renewal, struct err *why);

/* USER's key in PEM, opened with PIN (NULL: there is none). A PIN is tried, once, before anything
 * is done with the key, so that a wrong one costs one try: DENIED, or RETRY when the TPM is locked
 * or the user has been wrong too often (store/tpm_pace.h), and then RET_REFUSED is true. */
int pin_open(const struct buf *key_pem, uid_t user, const struct buf *pin, EVP_PKEY **ret,
             bool *ret_refused, struct err *err);

#endif
