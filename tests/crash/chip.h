/* A TPM in software beside a run. It is on while somebody runs, and knows next time what it knew
 * the first time: what a TPM forgets without power, it forgets between runs. */
#ifndef SIGNET_TESTS_CRASH_CHIP_H
#define SIGNET_TESTS_CRASH_CHIP_H

#include "base/buf.h"

#include <openssl/x509.h>
#include <stdbool.h>
#include <sys/types.h>

/* Makes FOLDER/tpm, which all that run below FOLDER have a copy of. */
void chip_make(const char *folder);

/* The TPM of what runs in WORK, a folder in that one: WORK.tpm/s is its socket. */
pid_t chip_begin(const char *work);
void chip_end(pid_t *chip);

/* The name of it, for --tpm. */
void chip_name(const char *work, char *ret, size_t size);

/* Is PEM a whole key of a TPM? And is it that of CERTIFICATE, as far as its public half says? */
bool chip_is_key(const struct buf *pem);
bool chip_fits(const struct buf *pem, X509 *certificate);

/* Does the TPM sign with the key in the file PATH, so that CERTIFICATE verifies it? Asks OpenSSL's
 * command, and nothing of ours. */
bool chip_signs(const char *work, const char *path, X509 *certificate);

#endif
