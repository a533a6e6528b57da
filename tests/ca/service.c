#include "tests/ca/service.h"

#include "base/fs.h"
#include "base/io.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_MS 60000 /* for what takes a second; also under valgrind */

/* Renamed into place: it may be reading. */
bool service_behave(const struct service *service, const char *rules)
{
    char beside[sizeof service->behave + 4];
    snprintf(beside, sizeof beside, "%s.new", service->behave);
    unlink(beside);
    return fs_create(AT_FDCWD, beside, 0644, rules, strlen(rules), NULL) == 0 &&
           rename(beside, service->behave) == 0;
}

static _Noreturn void become(const struct service *service, const char *rule, int out)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    dup2(out, STDOUT_FILENO);
    execl(TEST_BUILDDIR "/tests/ca/scep-ca", "scep-ca", "--behave-file", service->behave, "--log",
          service->log, "--ca-file", service->root, rule ? "--behave" : NULL, rule, NULL);
    _exit(127);
}

/* The one line that it says. */
static bool await_url(int fd, struct service *service)
{
    struct io_lines lines = {.fd = fd, .max = sizeof service->url - 1};
    autobuf url = {0};
    bool served = io_line(&lines, deadline_in(WAIT_MS), &url, NULL) == 1;
    snprintf(service->url, sizeof service->url, "%s", buf_text(&url));
    buf_free(&lines.buffer);
    return served;
}

bool service_start(struct service *service, const char *folder, const char *rule)
{
    int pair[2];
    *service = (struct service){0};
    snprintf(service->behave, sizeof service->behave, "%s/behave", folder);
    snprintf(service->log, sizeof service->log, "%s/log", folder);
    snprintf(service->root, sizeof service->root, "%s/root.pem", folder);
    if (!service_behave(service, "") || pipe2(pair, O_CLOEXEC) < 0)
        return false;
    service->pid = fork();
    if (service->pid == 0)
        become(service, rule, pair[1]);
    close(pair[1]);
    bool served = service->pid > 0 && await_url(pair[0], service);
    close(pair[0]);
    return served;
}

void service_stop(struct service *service)
{
    if (service->pid > 0) {
        kill(service->pid, SIGTERM);
        waitpid(service->pid, NULL, 0);
    }
    service->pid = 0;
}
