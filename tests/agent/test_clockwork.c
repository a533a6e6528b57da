/* The forking edge; when it forks is agent/agenda's, and tested there. */
#include "agent/clockwork.h"

#include "base/clock.h"
#include "tests/agent/site.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* Until the run under way has said what it has to say, and is gone. */
static void wait_for_run(struct clockwork *c)
{
    struct pollfd p = {.fd = c->report, .events = POLLIN};
    ck_assert_int_ge(c->report, 0);
    ck_assert_int_eq(poll(&p, 1, PATIENCE_MS), 1);
    ck_assert_int_gt(wait(NULL), 0);
}

START_TEST(a_cycle_runs_in_a_child_and_reports)
{
    SITE(s);
    autoclose int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct clockwork c = {.agent = &s.agent, .report = -1, .listener = listener};
    site_put(&s, "signet.conf", "[agent]\ninterval = 2 hours\n[attributes]\nDeviceName = box\n");
    site_profile(&s, "wifi", SITE_BOX);
    int64_t now = clock_now();

    ck_assert_int_gt(clockwork_tick(&c), 0);
    ck_assert_int_eq(c.agenda.running, AGENDA_ROUTINE);
    int64_t first_run = c.report;
    clockwork_tick(&c); /* woken by something else */
    ck_assert_int_eq(c.report, first_run);
    wait_for_run(&c);
    ck_assert_int_gt(clockwork_tick(&c), 0);
    ck_assert_int_eq(c.report, -1);
    ck_assert_int_eq(c.agenda.interval, 7200);
    ck_assert_int_ge(c.agenda.next_cycle, now + 7200 - 720);
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
    ck_assert_uint_eq(s.agent.profiles.n, 0); /* the parent reads none */
    ck_assert_int_ne(fcntl(listener, F_GETFD), -1);

    site_profile(&s, "vpn", SITE_BOX);
    clockwork_reload(&c);
    clockwork_tick(&c);
    wait_for_run(&c);
    clockwork_tick(&c);
    ck_assert_uint_eq(site_current(&s, "vpn"), 1);
    ck_assert_uint_eq(site_asked("issued"), 2);
}
END_TEST

START_TEST(between_cycles_only_what_is_due_is_done)
{
    SITE(s);
    struct clockwork c = {.agent = &s.agent, .report = -1, .listener = -1};
    site_profile(&s, "wifi", SITE_BOX);
    site_behave("pending:1");
    clockwork_tick(&c);
    wait_for_run(&c);
    clockwork_tick(&c);
    struct entry_state state = site_state(&s, "wifi");
    ck_assert_int_eq(state.phase, PHASE_PENDING);
    ck_assert_int_eq(c.agenda.next_due, state.next_attempt);

    state.next_attempt = 1;
    site_state_put(&s, "wifi", &state);
    c.agenda.next_due = 1;
    clockwork_tick(&c);
    ck_assert_int_eq(c.agenda.running, AGENDA_DUE);
    wait_for_run(&c);
    clockwork_tick(&c);
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
}
END_TEST

START_TEST(a_connection_tells_what_it_has_left)
{
    SITE(s);
    struct clockwork c = {.agent = &s.agent, .report = -1, .listener = -1};
    int64_t now = clock_now();
    clockwork_hint(&c, now); /* nobody listens */
    site_ok(s, clockwork_open(&c, &s.err));
    c.agenda = (struct agenda){.interval = 7200, .next_cycle = now + 7200, .next_due = now + 500};
    pid_t pid = fork();
    if (pid == 0) {
        clockwork_hint(&c, 0);
        clockwork_hint(&c, now + 400);
        clockwork_hint(&c, now + 300);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    clockwork_tick(&c);
    ck_assert_int_eq(c.agenda.next_due, now + 300);
    ck_assert_int_eq(c.agenda.running, AGENDA_NOTHING);
    for (int i = 0; i < 100000; i++)
        clockwork_hint(&c, now + 200); /* more than there is room for */
    clockwork_tick(&c);
    ck_assert_int_eq(c.agenda.next_due, now + 200);
    close(c.hints.in);
    close(c.hints.out);
}
END_TEST

START_TEST(a_run_that_dies_is_tried_again)
{
    SITE(s);
    struct clockwork c = {.agent = &s.agent, .report = -1, .listener = -1};
    s.agent.conf = "/nowhere/at/all";
    clockwork_tick(&c);
    wait_for_run(&c);
    ck_assert_int_le(clockwork_tick(&c), 60000);
    ck_assert_int_eq(c.report, -1);
    ck_assert_int_eq(c.agenda.running, AGENDA_NOTHING);
}
END_TEST

/* Somebody holds the entry's lock, and goes on holding it. */
START_TEST(a_run_that_hangs_ends)
{
    SITE(s);
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    const struct entry_id wifi = {.owner = {.device = true}, .profile = "wifi"};
    struct clockwork c = {.agent = &s.agent, .report = -1, .listener = -1, .step_ms = 200};
    site_profile(&s, "wifi", SITE_BOX);
    site_ok(s, entry_open(&s.agent.store, &wifi, true, &entry, &s.err));
    site_ok(s, entry_lock(&entry, deadline_in(0), &s.err));
    clockwork_tick(&c);
    int status = 0;
    ck_assert_int_gt(wait(&status), 0);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGALRM);
    ck_assert_int_le(clockwork_tick(&c), 60000); /* and the next one is near */
    ck_assert_int_eq(c.agenda.running, AGENDA_NOTHING);
}
END_TEST

Suite *clockwork_suite(void)
{
    Suite *suite = suite_create("agent/clockwork");
    TCase *tc = tcase_create("clockwork");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_add_test(tc, a_cycle_runs_in_a_child_and_reports);
    tcase_add_test(tc, between_cycles_only_what_is_due_is_done);
    tcase_add_test(tc, a_connection_tells_what_it_has_left);
    tcase_add_test(tc, a_run_that_dies_is_tried_again);
    tcase_add_test(tc, a_run_that_hangs_ends);
    suite_add_tcase(suite, tc);
    return suite;
}
