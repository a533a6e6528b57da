#include "agent/clockwork.h"

#include "agent/cycle.h"
#include "agent/schedule.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

/* In the child. */
static void run(struct agent *agent, enum agenda_run which, int64_t step_ms, int report_fd)
{
    static const enum engine_mode modes[] = {[AGENDA_DUE] = ENGINE_DUE,
                                             [AGENDA_ROUTINE] = ENGINE_ROUTINE,
                                             [AGENDA_CYCLE] = ENGINE_CYCLE};
    bool full = which != AGENDA_DUE;
    autofree struct owner *owners = NULL;
    size_t n = 0;
    struct err err;
    struct agenda_report report = {0};

    proc_end_after(step_ms);
    int rc = agent_load(agent, &err);
    for (size_t i = 0; full && i < agent->profiles.problems.n; i++)
        log_line(LOG_ERR, "%s", agent->profiles.problems.v[i].text);
    if (rc == 0)
        rc = cycle_owners(agent, NULL, &owners, &n, &err);
    if (rc < 0) {
        log_line(LOG_ERR, "%s", err.text);
        return;
    }
    const struct cycle cycle = {
        .owners = owners, .n_owners = n, .mode = modes[which], .step_ms = step_ms, .anchors = full};
    cycle_run(agent, &cycle, &report.next_due, &err); /* has told the log */
    if (full)
        log_line(LOG_DEBUG, "the policy cycle has ended");
    report.interval = agent->profiles.settings.interval;
    /* Without a report, the parent looks again in a while. */
    if (write(report_fd, &report, sizeof report) != sizeof report)
        log_line(LOG_ERR, "report: %s", strerror(errno));
}

/* False when there is no child now. */
static bool start(struct clockwork *c, enum agenda_run which)
{
    int pair[2];
    if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) < 0) {
        log_line(LOG_ERR, "pipe: %s", strerror(errno));
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        close(pair[0]);
        close_p(&c->listener);
        run(c->agent, which, c->step_ms, pair[1]);
        _exit(EXIT_SUCCESS);
    }
    close(pair[1]);
    c->report = pair[0];
    if (pid < 0) {
        log_line(LOG_ERR, "fork: %s", strerror(errno));
        close(steal_fd(&c->report));
    }
    return pid > 0;
}

/* Takes the report of the run under way, once it has ended. */
static void finish(struct clockwork *c, int64_t now)
{
    struct agenda_report report;
    ssize_t n = read(c->report, &report, sizeof report);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    close(steal_fd(&c->report));
    agenda_end(&c->agenda, n == sizeof report ? &report : NULL, schedule_seed(), now);
}

int clockwork_open(struct clockwork *clockwork, struct err *err)
{
    int pair[2];
    if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) < 0)
        return err_errno(err, "pipe");
    clockwork->hints.open = true;
    clockwork->hints.in = pair[0];
    clockwork->hints.out = pair[1];
    return 0;
}

void clockwork_hint(const struct clockwork *clockwork, int64_t when)
{
    /* A full pipe has hints enough. */
    if (when && clockwork->hints.open &&
        write(clockwork->hints.out, &when, sizeof when) != sizeof when)
        log_line(LOG_DEBUG, "hint: %s", strerror(errno));
}

/* The end of the child that left one has woken us. */
static void take_hints(struct clockwork *c)
{
    int64_t when;
    while (c->hints.open && read(c->hints.in, &when, sizeof when) == sizeof when)
        agenda_hint(&c->agenda, when);
}

int clockwork_tick(void *clockwork)
{
    struct clockwork *c = clockwork;
    int64_t now = clock_now();

    take_hints(c);

    if (c->report >= 0)
        finish(c, now);
    enum agenda_run next = agenda_start(&c->agenda, now);
    if (next && !start(c, next))
        agenda_end(&c->agenda, NULL, schedule_seed(), now);
    return agenda_sleep(&c->agenda, now);
}

void clockwork_reload(void *clockwork)
{
    agenda_reload(&((struct clockwork *)clockwork)->agenda);
}
