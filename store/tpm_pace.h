/* How fast wrong PINs may follow each other. A TPM counts those of all keys together, and after too
 * many takes no PIN of anybody for hours: one user, or what runs in his name, must not bring that
 * about. So each user's wrong ones are counted here too, over all his keys and across processes,
 * and soon have to be far apart. */
#ifndef SIGNET_STORE_TPM_PACE_H
#define SIGNET_STORE_TPM_PACE_H

#include "base/pin.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <sys/types.h>

/* In the folder of run-time files: they go when the machine is started anew. */
#define TPM_PACE_FILE "wrong-pins"

/* One user's. Zeroed: none. */
struct tpm_pace {
    int64_t last;   /* when a wrong one was tried: seconds since the machine was started */
    uint64_t wrong; /* how many count; a right one takes back none, as in the TPM */
};

/* Seconds from NOW until the next PIN may be tried; 0: at once. */
int64_t tpm_pace_wait(const struct tpm_pace *pace, int64_t now);

/* PACE after one more at NOW: time has healed some of those before. */
struct tpm_pace tpm_pace_after(const struct tpm_pace *pace, int64_t now);

/* Where they are counted from now on. PATH is not copied. */
void tpm_pace_keep(const char *path);

/* Makes that file, unless it is there, for the owner of the folder STORE. Where we may not, it is
 * told when it is missed. */
int tpm_pace_make(const char *store, struct err *err);

/* As tpm_pin_try(), of a key of USER's: PIN_PAUSED, and RET_WAIT says for how many seconds, when it
 * is too early for a PIN, or a wrong one would be the last that the TPM takes. Then it was not
 * tried, not even if it is the right one. One at a time for each user. CONFIG: they cannot be
 * counted; then none is tried. */
int tpm_pace_try(EVP_PKEY *key, uid_t user, enum pin_verdict *ret, int64_t *ret_wait,
                 struct err *err);

#endif
