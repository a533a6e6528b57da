#include "agent/clockwork.h"

#include "agent/cycle.h"
#include "agent/schedule.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

/* A look at the store at least this often (seconds): the clock may be set, a suspended machine
 * wakes late, and a sign-in may have left something to do. */
#define SLEEP_MAX 600

struct report {
    int64_t interval;
    int64_t next_due;
};

/* In the child. */
static void run(struct agent *agent, bool full, int report_fd)
{
    autofree struct owner *owners = NULL;
    size_t n = 0;
    struct err err;
    struct report report = {.interval = 0, .next_due = INT64_MAX};
    int64_t next = 0;

    int rc = profile_load(agent->conf, &agent->profiles, &err);
    for (size_t i = 0; full && i < agent->profiles.problems.n; i++)
        log_line(LOG_ERR, "%s", agent->profiles.problems.v[i]);
    if (rc == 0)
        rc = cycle_owners(agent, NULL, &owners, &n, &err);
    if (rc < 0) {
        log_line(LOG_ERR, "%s", err.text);
        return;
    }
    const struct cycle cycle = {
        .owners = owners, .n_owners = n, .mode = full ? ENGINE_CYCLE : ENGINE_DUE, .anchors = full};
    cycle_run(agent, &cycle, &next, &err); /* has told the log */
    report.interval = agent->profiles.settings.interval;
    if (next)
        report.next_due = next;
    /* Without a report, the parent looks again in a while. */
    if (write(report_fd, &report, sizeof report) != sizeof report)
        log_line(LOG_ERR, "report: %s", strerror(errno));
}

static void start(struct clockwork *c, bool full)
{
    int pair[2];
    if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) < 0) {
        log_line(LOG_ERR, "pipe: %s", strerror(errno));
        return;
    }
    pid_t pid = fork();
    if (pid == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        close(pair[0]);
        run(c->agent, full, pair[1]);
        _exit(EXIT_SUCCESS);
    }
    close(pair[1]);
    if (pid < 0) {
        log_line(LOG_ERR, "fork: %s", strerror(errno));
        close(pair[0]);
        return;
    }
    c->report = pair[0];
}

/* Takes the report of the run under way; false while it is still at work. */
static bool finish(struct clockwork *c, int64_t now)
{
    struct report report;
    ssize_t n = read(c->report, &report, sizeof report);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    close(steal_fd(&c->report));
    if (n == sizeof report) {
        c->next_due = report.next_due < now + SLEEP_MAX ? report.next_due : now + SLEEP_MAX;
        if (c->next_cycle <= now)
            c->next_cycle = schedule_cycle(report.interval, schedule_seed(), now);
    } else {
        c->next_due = now + SCHEDULE_FIRST_RETRY;
        if (c->next_cycle <= now)
            c->next_cycle = c->next_due;
    }
    return true;
}

int clockwork_tick(void *clockwork)
{
    struct clockwork *c = clockwork;
    int64_t now = clock_now();

    if (c->report >= 0 && !finish(c, now))
        return SLEEP_MAX * 1000; /* its end wakes us */
    int64_t first = c->next_cycle < c->next_due ? c->next_cycle : c->next_due;
    if (first <= now) {
        start(c, c->next_cycle <= now);
        return c->report >= 0 ? SLEEP_MAX * 1000 : SCHEDULE_FIRST_RETRY * 1000;
    }
    return (int)(first - now) * 1000;
}

void clockwork_reload(void *clockwork)
{
    ((struct clockwork *)clockwork)->next_cycle = 0;
}
