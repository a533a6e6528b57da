#include "tests/swtpm.h"

#include "base/io.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

/* What the child becomes. It ends with the test, also with one that fails. */
static _Noreturn void become(const char *path, pid_t parent)
{
    char state[256], server[256], control[256];
    snprintf(state, sizeof state, "dir=%s", path);
    snprintf(server, sizeof server, "type=unixio,path=%s/s", path);
    snprintf(control, sizeof control, "type=unixio,path=%s/s.ctrl", path);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
        execlp("swtpm", "swtpm", "socket", "--tpm2", "--tpmstate", state, "--server", server,
               "--ctrl", control, "--flags", "not-need-init,startup-clear", "--log", "file=-",
               (char *)NULL);
    _exit(127);
}

/* Until somebody listens. */
static void await(const char *path)
{
    autoclose int fd = -1;
    UNTIL(io_connect(path, &fd, NULL) == 0, "%s: nobody listens", path);
}

void swtpm_start(struct swtpm *swtpm)
{
    char server[256], control[256];
    pid_t self = getpid();
    const char *path = swtpm->temp.path;
    swtpm->pid = fork();
    ck_assert_int_ge(swtpm->pid, 0);
    if (swtpm->pid == 0)
        become(path, self);
    snprintf(server, sizeof server, "%s/s", path);
    snprintf(control, sizeof control, "%s/s.ctrl", path);
    await(control);
    await(server);
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
    if (swtpm->pid) {
        kill(swtpm->pid, SIGKILL);
        waitpid(swtpm->pid, NULL, 0);
    }
    swtpm->pid = 0;
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
