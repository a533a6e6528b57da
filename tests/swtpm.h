/* A TPM in software (swtpm) of the test's own, on a socket in a folder of its own. */
#ifndef SIGNET_TESTS_SWTPM_H
#define SIGNET_TESTS_SWTPM_H

#include "store/tpm.h"
#include "tests/temp.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

struct swtpm {
    struct temp temp;
    char name[128]; /* for tpm_choose() */
    pid_t pid;
};

/* Once it is started, it answers. */
static inline void swtpm_start(struct swtpm *swtpm)
{
    char command[640];
    autobuf pid = {0};
    const char *path = swtpm->temp.path;
    snprintf(command, sizeof command,
             "swtpm socket --tpm2 --tpmstate dir=%s --server type=unixio,path=%s/s "
             "--ctrl type=unixio,path=%s/s.ctrl --flags not-need-init,startup-clear "
             "--pid file=%s/pid -d",
             path, path, path, path);
    ck_assert_int_eq(system(command), 0);
    ck_assert_int_eq(fs_read(swtpm->temp.fd, "pid", 32, &pid, NULL), 0);
    swtpm->pid = (pid_t)atoi(buf_text(&pid));
    ck_assert_int_gt(swtpm->pid, 1);
}

/* It is what tpm_choose() chose last. */
static inline void swtpm_open(struct swtpm *swtpm)
{
    temp_open(&swtpm->temp);
    swtpm_start(swtpm);
    snprintf(swtpm->name, sizeof swtpm->name, "swtpm:path=%s/s", swtpm->temp.path);
    tpm_choose(swtpm->name);
}

/* No TPM at all, whatever this machine has. */
static inline void swtpm_none(void)
{
    tpm_choose(NULL);
    tpm_look_below("/nonexistent");
}

/* It is gone, as a TPM that hangs up. Keys of it may be left. */
static inline void swtpm_kill(struct swtpm *swtpm)
{
    if (swtpm->pid) {
        /* No child of ours, and the next one waits for none to hold its state. */
        struct pollfd p = {.fd = (int)syscall(SYS_pidfd_open, swtpm->pid, 0), .events = POLLIN};
        kill(swtpm->pid, SIGKILL);
        poll(&p, 1, 10000);
        close(p.fd);
    }
    swtpm->pid = 0;
}

/* Around what asks a TPM that is gone: tpm2-tss 3.2 keeps its name for ever. */
static inline void swtpm_expect_leak(bool begins)
{
#ifdef __SANITIZE_ADDRESS__
    (begins ? __lsan_disable : __lsan_enable)();
#else
    (void)begins;
#endif
}

/* Off and on again: it has forgotten what was loaded into it. */
static inline void swtpm_restart(struct swtpm *swtpm)
{
    swtpm_kill(swtpm);
    swtpm_start(swtpm);
}

/* No key of it may be left. */
static inline void swtpm_close(struct swtpm *swtpm)
{
    tpm_choose(NULL);
    swtpm_kill(swtpm);
    temp_close(&swtpm->temp);
}
#define SWTPM(name)                                                                                \
    CLEANUP(swtpm_close) struct swtpm name;                                                        \
    swtpm_open(&name)

#endif
