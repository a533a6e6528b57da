#include "tests/swtpm_spawn.h"

#include "base/io.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What the child becomes. Who may come to its folder may use it. */
static _Noreturn void become(const char *folder, pid_t parent)
{
    char state[256], server[256], control[256];
    snprintf(state, sizeof state, "dir=%s", folder);
    snprintf(server, sizeof server, "type=unixio,path=%s/s,mode=0777", folder);
    snprintf(control, sizeof control, "type=unixio,path=%s/s.ctrl,mode=0777", folder);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
        execlp("swtpm", "swtpm", "socket", "--tpm2", "--tpmstate", state, "--server", server,
               "--ctrl", control, "--flags", "not-need-init,startup-clear", "--log", "file=-",
               (char *)NULL);
    _exit(127);
}

/* Until somebody listens; its descriptor. */
static int await(const char *folder, const char *name, deadline until)
{
    const struct timespec nap = {.tv_nsec = 2000000};
    char path[256];
    int fd = -1;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    while (io_connect(path, &fd, NULL) < 0 && deadline_left(until) > 0)
        nanosleep(&nap, NULL);
    return fd;
}

/* TPM2_GetRandom: it listens before it has made, and kept, what it is. */
static bool answers(int fd)
{
    static const unsigned char command[] = {0x80, 1, 0, 0, 0, 12, 0, 0, 1, 0x7b, 0, 1};
    unsigned char answer[64];
    return fcntl(fd, F_SETFL, 0) == 0 &&
           write(fd, command, sizeof command) == (ssize_t)sizeof command &&
           read(fd, answer, sizeof answer) > 0;
}

static bool is_up(const char *folder, deadline until)
{
    autoclose int control = await(folder, "s.ctrl", until);
    autoclose int server = control < 0 ? -1 : await(folder, "s", until);
    return server >= 0 && answers(server);
}

pid_t swtpm_spawn(const char *folder, int wait_ms)
{
    deadline until = deadline_in(wait_ms);
    pid_t self = getpid(), pid = fork();
    if (pid == 0)
        become(folder, self);
    if (pid > 0 && !is_up(folder, until))
        swtpm_end(&pid);
    return pid > 0 ? pid : -1;
}

void swtpm_end(pid_t *pid)
{
    if (*pid > 0) {
        kill(*pid, SIGKILL);
        waitpid(*pid, NULL, 0);
    }
    *pid = 0;
}
