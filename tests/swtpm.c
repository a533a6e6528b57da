#include "tests/swtpm.h"

#include "tests/patience.h"
#include "tests/swtpm_spawn.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

void swtpm_start(struct swtpm *swtpm)
{
    swtpm->pid = swtpm_spawn(swtpm->temp.path, PATIENCE_MS);
    ck_assert_int_gt(swtpm->pid, 0);
}

void swtpm_open(struct swtpm *swtpm)
{
    temp_open(&swtpm->temp);
    swtpm_start(swtpm);
    snprintf(swtpm->wrong_pins, sizeof swtpm->wrong_pins, "%s/" TPM_PACE_FILE, swtpm->temp.path);
    tpm_pace_keep(swtpm->wrong_pins);
    ck_assert_int_eq(tpm_pace_make(swtpm->temp.path, NULL), 0);
    snprintf(swtpm->name, sizeof swtpm->name, "swtpm:path=%s/s", swtpm->temp.path);
    tpm_choose(swtpm->name);
}

void swtpm_none(void)
{
    tpm_choose(NULL);
    tpm_look_below("/nonexistent");
}

void swtpm_kill(struct swtpm *swtpm)
{
    swtpm_end(&swtpm->pid);
}

void swtpm_expect_leak(bool begins)
{
#ifdef __SANITIZE_ADDRESS__
    (begins ? __lsan_disable : __lsan_enable)();
#else
    (void)begins;
#endif
}

void swtpm_restart(struct swtpm *swtpm)
{
    swtpm_kill(swtpm);
    swtpm_start(swtpm);
}

void swtpm_close(struct swtpm *swtpm)
{
    tpm_choose(NULL);
    tpm_pace_keep(NULL);
    swtpm_kill(swtpm);
    temp_close(&swtpm->temp);
}
