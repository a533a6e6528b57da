/* A TPM in software (swtpm) of the test's own, on a socket in a folder of its own. */
#ifndef SIGNET_TESTS_SWTPM_H
#define SIGNET_TESTS_SWTPM_H

#include "store/tpm.h"
#include "store/tpm_pace.h"
#include "tests/temp.h"

#include <sys/types.h>

struct swtpm {
    struct temp temp;
    char name[128];       /* for tpm_choose() */
    char wrong_pins[128]; /* for tpm_pace_keep() */
    pid_t pid;
};

/* It is what tpm_choose() chose last. */
void swtpm_open(struct swtpm *swtpm);

/* Starts one that was killed. Once it is started, it answers. */
void swtpm_start(struct swtpm *swtpm);

/* No TPM at all, whatever this machine has. */
void swtpm_none(void);

/* It is gone, as a TPM that hangs up. Keys of it may be left. */
void swtpm_kill(struct swtpm *swtpm);

/* Off and on again: it has forgotten what was loaded into it. */
void swtpm_restart(struct swtpm *swtpm);

/* Around what asks a TPM that is gone: tpm2-tss 3.2 keeps its name for ever. */
void swtpm_expect_leak(bool begins);

/* No key of it may be left. */
void swtpm_close(struct swtpm *swtpm);
#define SWTPM(name)                                                                                \
    CLEANUP(swtpm_close) struct swtpm name;                                                        \
    swtpm_open(&name)

#endif
