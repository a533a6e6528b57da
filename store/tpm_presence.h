/* Whether this machine has a TPM, as far as that can be told without asking it. */
#ifndef SIGNET_STORE_TPM_PRESENCE_H
#define SIGNET_STORE_TPM_PRESENCE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define TPM_DEVICE "/dev/tpmrm0"

/* Drivers come with the first seconds of a start, those that wait for another driver somewhat
 * later. */
#define TPM_PRESENCE_SETTLED_S 120

struct tpm_presence {
    bool device;  /* TPM_DEVICE */
    bool driver;  /* a driver has found a TPM, */
    bool old;     /* of version 1.2, of which the kernel makes no such device */
    bool table;   /* the firmware tells of one (ACPI's TPM2) */
    int64_t up_s; /* seconds since the machine was started; 0: not known */
};

/* ROOT stands before every path; "" for the machine's own. */
struct tpm_presence tpm_presence_read(const char *root);

/* Does the machine have a TPM 2.0, whether it can be used or not? */
bool tpm_presence_is_announced(const struct tpm_presence *presence);

/* 0: its device is there. RETRY: it should be, and the machine has just been started. CONFIG: there
 * is none. */
int tpm_presence_check(const struct tpm_presence *presence, struct err *err);

#endif
