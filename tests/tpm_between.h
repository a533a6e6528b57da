/* A TPM with a fault: it stands between tpm2-tss and the swtpm of a test, and answers to one
 * command, or to all of them, by itself or not at all. */
#ifndef SIGNET_TESTS_TPM_BETWEEN_H
#define SIGNET_TESTS_TPM_BETWEEN_H

#include "tests/swtpm.h"

/* Commands (TPM 2.0 Library, part 2, table "TPM_CC"). */
#define TPM_ANY            0u
#define TPM_CREATE_PRIMARY 0x131u
#define TPM_CREATE         0x153u
#define TPM_LOAD           0x157u
#define TPM_SIGN           0x15du
#define TPM_GET_CAPABILITY 0x17au

/* Answers (table "TPM_RC"). */
#define TPM_SILENCE    0u
#define TPM_RC_FAILURE 0x101u
#define TPM_RC_LOCKOUT 0x921u

struct tpm_between {
    struct temp temp;
    char name[128]; /* for tpm_choose() */
    pid_t pid;
};

/* From here on it is what tpm_choose() chose: to COMMAND, or TPM_ANY, it answers ANSWER, and passes
 * on the rest. */
void tpm_between_open(struct tpm_between *between, const struct swtpm *swtpm, uint32_t command,
                      uint32_t answer);
void tpm_between_close(struct tpm_between *between);
#define TPM_BETWEEN(name, swtpm, command, answer)                                                  \
    CLEANUP(tpm_between_close) struct tpm_between name = {0};                                      \
    tpm_between_open(&name, swtpm, command, answer)

#endif
