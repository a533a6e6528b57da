#include "agent/agenda.h"

#include "agent/schedule.h"
#include "tests/suite.h"

#include <stddef.h>

#define NOW   1000000
#define HOURS 3600

/* What is planned, what time it is, and what is started then. The interval is 8 hours. */
static const struct {
    int64_t next_cycle, next_due, now;
    enum agenda_run start;
    int sleep; /* seconds, after that */
} moments[] = {
    {0, 0, NOW, AGENDA_ROUTINE, 600},
    {NOW, NOW, NOW, AGENDA_ROUTINE, 600},
    {NOW + 8 * HOURS, NOW, NOW, AGENDA_DUE, 600},
    {NOW + 8 * HOURS, NOW + 1, NOW, AGENDA_NOTHING, 1},
    {NOW + 8 * HOURS, NOW + 599, NOW, AGENDA_NOTHING, 599},
    {NOW + 5, NOW + 600, NOW, AGENDA_NOTHING, 5},
    /* Asleep until long after. */
    {NOW + 8 * HOURS, NOW + 600, NOW + 9 * HOURS, AGENDA_ROUTINE, 600},
    {NOW + 8 * HOURS, NOW + 600, NOW + 700, AGENDA_DUE, 600},
    /* The clock was set back: by a minute, a day, to 1970. */
    {NOW + 8 * HOURS, NOW + 600, NOW - 60, AGENDA_NOTHING, 600},
    {NOW + 8 * HOURS, NOW + 600, NOW - 24 * HOURS, AGENDA_ROUTINE, 600},
    {NOW + 8 * HOURS, NOW + 600, 0, AGENDA_ROUTINE, 600},
    {(int64_t)60 * 365 * 24 * HOURS, NOW, 0, AGENDA_ROUTINE, 600},
    /* Forward, by years, and asleep for a week. */
    {NOW + 8 * HOURS, NOW + 600, NOW + (int64_t)5 * 365 * 24 * HOURS, AGENDA_ROUTINE, 600},
    {NOW + 8 * HOURS, NOW + 600, NOW + 7 * 24 * HOURS, AGENDA_ROUTINE, 600},
};

START_TEST(starts_what_is_due)
{
    struct agenda agenda = {.next_cycle = moments[_i].next_cycle,
                            .next_due = moments[_i].next_due,
                            .interval = 8 * HOURS};
    ck_assert_int_eq(agenda_start(&agenda, moments[_i].now), moments[_i].start);
    ck_assert_int_eq(agenda_sleep(&agenda, moments[_i].now), moments[_i].sleep * 1000);
    if (moments[_i].start)
        ck_assert_int_eq(agenda_start(&agenda, moments[_i].now + 24 * HOURS), AGENDA_NOTHING);
}
END_TEST

static const struct {
    enum agenda_run running;
    int64_t report_due; /* -1: it died */
    bool reload;        /* while it ran */
    int64_t due;        /* from now on */
    enum agenda_run next;
} ends[] = {
    {AGENDA_ROUTINE, 0, false, 600, AGENDA_DUE},
    {AGENDA_ROUTINE, NOW + 30, false, 30, AGENDA_DUE},
    {AGENDA_ROUTINE, NOW - 30, false, 0, AGENDA_DUE}, /* it took long */
    {AGENDA_ROUTINE, NOW + 9 * HOURS, false, 600, AGENDA_DUE},
    {AGENDA_ROUTINE, -1, false, SCHEDULE_FIRST_RETRY, AGENDA_ROUTINE},
    {AGENDA_CYCLE, 0, false, 600, AGENDA_DUE},
    {AGENDA_CYCLE, -1, false, SCHEDULE_FIRST_RETRY, AGENDA_CYCLE},
    {AGENDA_DUE, 0, false, 600, AGENDA_DUE},
    {AGENDA_DUE, -1, false, SCHEDULE_FIRST_RETRY, AGENDA_DUE},
    /* What was read may be the old profiles. */
    {AGENDA_ROUTINE, 0, true, 0, AGENDA_CYCLE},
    {AGENDA_ROUTINE, -1, true, 0, AGENDA_CYCLE},
    {AGENDA_CYCLE, 0, true, 0, AGENDA_CYCLE},
    {AGENDA_DUE, 0, true, 0, AGENDA_CYCLE},
};

START_TEST(plans_after_each_run)
{
    struct agenda agenda = {.interval = 8 * HOURS,
                            .wanted = ends[_i].running == AGENDA_CYCLE,
                            .next_cycle = ends[_i].running == AGENDA_DUE ? NOW + 4 * HOURS : 0};
    ck_assert_int_eq(agenda_start(&agenda, NOW), ends[_i].running);
    if (ends[_i].reload)
        agenda_reload(&agenda);
    const struct agenda_report report = {.interval = 8 * HOURS, .next_due = ends[_i].report_due};
    agenda_end(&agenda, ends[_i].report_due < 0 ? NULL : &report, 7, NOW);
    ck_assert_int_eq(agenda_sleep(&agenda, NOW), ends[_i].due * 1000);
    if (ends[_i].due > 0)
        ck_assert_int_eq(agenda_start(&agenda, NOW + ends[_i].due - 1), AGENDA_NOTHING);
    ck_assert_int_eq(agenda_start(&agenda, NOW + ends[_i].due), ends[_i].next);
}
END_TEST

/* A cycle whose time comes while something else runs is not taken for done. */
START_TEST(a_cycle_is_not_lost_behind_another_run)
{
    struct agenda agenda = {.interval = 8 * HOURS, .next_cycle = NOW + 1};
    const struct agenda_report report = {.interval = 8 * HOURS};
    ck_assert_int_eq(agenda_start(&agenda, NOW), AGENDA_DUE);
    agenda_end(&agenda, &report, 7, NOW + 60);
    ck_assert_int_eq(agenda_start(&agenda, NOW + 60), AGENDA_ROUTINE);
}
END_TEST

START_TEST(cycles_come_at_the_interval)
{
    struct agenda agenda = {0};
    int64_t now = NOW;
    for (uint64_t seed = 0; seed < 100; seed++) {
        const struct agenda_report report = {.interval = seed % 2 ? 60 : 8 * HOURS};
        ck_assert_int_eq(agenda_start(&agenda, now), AGENDA_ROUTINE);
        agenda_end(&agenda, &report, seed, now);
        ck_assert_int_ge(agenda.next_cycle, now + report.interval * 9 / 10);
        ck_assert_int_le(agenda.next_cycle, now + report.interval * 11 / 10);
        now = agenda.next_cycle;
    }
}
END_TEST

/* In seconds from now; next: what is due first in the end. */
static const struct {
    int64_t due, hints[3], report, next;
} hints[] = {
    {400, {60}, -1, 60},
    {400, {500}, -1, 400},
    {400, {300, 60, 90}, -1, 60},
    {400, {-5}, -1, -5},
    {0, {60}, 400, 60},
    {0, {60, 30, 90}, 0, 30},
    {0, {60}, 20, 20},
    {0, {HOURS}, 0, AGENDA_SLEEP_MAX},
};

START_TEST(a_hint_is_kept)
{
    struct agenda agenda = {
        .interval = 8 * HOURS, .next_cycle = NOW + 4 * HOURS, .next_due = NOW + hints[_i].due};
    bool during = hints[_i].due == 0; /* a run */
    if (during)
        ck_assert_int_eq(agenda_start(&agenda, NOW), AGENDA_DUE);
    for (size_t i = 0; i < 3 && hints[_i].hints[i]; i++)
        agenda_hint(&agenda, NOW + hints[_i].hints[i]);
    const struct agenda_report report = {.interval = 8 * HOURS,
                                         .next_due = hints[_i].report ? NOW + hints[_i].report : 0};
    if (during)
        agenda_end(&agenda, &report, 7, NOW);
    ck_assert_int_eq(agenda.next_due, NOW + hints[_i].next);
    ck_assert_int_eq(agenda.hint, 0);
}
END_TEST

/* Profiles that cannot be read, from the first run on, cost a run a minute and no more. */
START_TEST(dying_runs_are_not_a_busy_loop)
{
    struct agenda agenda = {0};
    int64_t now = NOW;
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(agenda_start(&agenda, now), AGENDA_ROUTINE);
        agenda_end(&agenda, NULL, 7, now);
        ck_assert_int_eq(agenda_start(&agenda, now), AGENDA_NOTHING);
        ck_assert_int_eq(agenda_sleep(&agenda, now), SCHEDULE_FIRST_RETRY * 1000);
        now += SCHEDULE_FIRST_RETRY;
    }
}
END_TEST

START_TEST(a_shorter_interval_holds_at_once)
{
    struct agenda agenda = {0};
    const struct agenda_report day = {.interval = 24 * HOURS}, minute = {.interval = 60};
    agenda_start(&agenda, NOW);
    agenda_end(&agenda, &day, 7, NOW);
    ck_assert_int_eq(agenda_start(&agenda, NOW + 600), AGENDA_DUE);
    agenda_end(&agenda, &minute, 7, NOW + 600);
    ck_assert_int_eq(agenda_start(&agenda, NOW + 601), AGENDA_ROUTINE);
}
END_TEST

Suite *agenda_suite(void)
{
    Suite *suite = suite_create("agent/agenda");
    TCase *tc = tcase_create("agenda");
    tcase_add_loop_test(tc, starts_what_is_due, 0, sizeof moments / sizeof *moments);
    tcase_add_loop_test(tc, plans_after_each_run, 0, sizeof ends / sizeof *ends);
    tcase_add_test(tc, a_cycle_is_not_lost_behind_another_run);
    tcase_add_test(tc, cycles_come_at_the_interval);
    tcase_add_loop_test(tc, a_hint_is_kept, 0, LENGTH(hints));
    tcase_add_test(tc, dying_runs_are_not_a_busy_loop);
    tcase_add_test(tc, a_shorter_interval_holds_at_once);
    suite_add_tcase(suite, tc);
    return suite;
}
