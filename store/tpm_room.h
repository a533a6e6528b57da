/* How many wrong PINs a TPM still takes before it locks itself, for every key and whoever gave
 * them.
 */
#ifndef SIGNET_STORE_TPM_ROOM_H
#define SIGNET_STORE_TPM_ROOM_H

#include "base/err.h"

#include <stdint.h>

struct tpm_room {
    uint32_t wrong;  /* TPM_PT_LOCKOUT_COUNTER */
    uint32_t most;   /* TPM_PT_MAX_AUTH_FAIL: with so many it is locked */
    uint32_t heal_s; /* TPM_PT_LOCKOUT_INTERVAL: forgives one after so many seconds; 0: none */
};

/* Asks the TPM behind FD, a device or socket that takes its commands as they are. */
int tpm_room_read(int fd, struct tpm_room *ret, struct err *err);

/* Seconds after which one more wrong PIN would surely not lock it; 0: it would not now, or it is
 * locked already, or there is nothing to wait for. */
int64_t tpm_room_wait(const struct tpm_room *room);

#endif
