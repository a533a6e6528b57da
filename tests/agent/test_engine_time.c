/* The engine over time: machines that sleep, clocks that leap, certificates of minutes, people who
 * do not decide, servers that want to be left alone. */
#include "agent/engine.h"

#include "agent/schedule.h"
#include "tests/suite.h"

#include <string.h>

#define NOW      INT64_C(1800000000)
#define MINUTE   INT64_C(60)
#define HOUR     (60 * MINUTE)
#define DAY      (24 * HOUR)
#define YEAR     (365 * DAY)
#define INTERVAL (8 * HOUR)

static const struct engine_pace pace = {.interval = INTERVAL, .seed = 7};

/* A certificate of a year, whose renewal is due in RENEW_IN seconds. */
static struct engine_view installed(int64_t renew_in)
{
    return (struct engine_view){.state = {.phase = PHASE_INSTALLED, .wish = "w", .since = 7},
                                .has_certificate = true,
                                .not_before = NOW + renew_in - YEAR,
                                .not_after = NOW + renew_in + 30 * DAY,
                                .obtained = NOW + renew_in - YEAR,
                                .renew_at = NOW + renew_in,
                                .wish = "w",
                                .wanted = "w"};
}

static struct engine_view requesting(int64_t asked, int64_t next, unsigned attempts)
{
    return (struct engine_view){.state = {.phase = PHASE_REQUESTING,
                                          .wish = "w",
                                          .asked = asked,
                                          .next_attempt = next,
                                          .planned = asked,
                                          .attempts = attempts},
                                .wanted = "w"};
}

/* In each mode: what is done now, and by the clock when. */
#define N ACTION_NONE
#define E ACTION_ENROL
#define R ACTION_RENEW
#define P ACTION_POLL
#define D ACTION_DEFER

enum kind { INSTALLED, FAILING, NEW, PENDING };

static const struct {
    const char *name;
    enum kind kind;
    int64_t renew_in;       /* INSTALLED, and FAILING to renew */
    int64_t asked, next_in; /* relative to NOW */
    enum entry_wait wait;
    enum engine_action due, routine, cycle, enrol, renew;
} moments[] = {
    {"nothing due", INSTALLED, DAY, 0, 0, 0, N, N, N, N, R},
    {"just due", INSTALLED, -MINUTE, 0, 0, 0, R, D, R, R, R},
    {"due since half an hour", INSTALLED, -HOUR / 2, 0, 0, 0, D, D, R, R, R},
    /* Boot after a power cut, Monday morning, a suspended laptop. */
    {"overdue since a week", INSTALLED, -7 * DAY, 0, 0, 0, D, D, R, R, R},
    {"overdue, its moment is to come", INSTALLED, -7 * DAY, 0, HOUR, WAIT_LATE, N, N, R, R, R},
    {"overdue, its moment has come", INSTALLED, -7 * DAY, 0, -MINUTE, WAIT_LATE, R, R, R, R, R},
    {"overdue, asleep in its moment", INSTALLED, -7 * DAY, 0, -2 * DAY, WAIT_LATE, R, R, R, R, R},
    {"expired in its sleep", INSTALLED, -40 * DAY, 0, 0, 0, E, E, E, E, E},
    /* A server is down for a while. */
    {"renewal fails", FAILING, -DAY, -MINUTE, MINUTE, 0, N, N, R, R, R},
    {"renewal fails, back-off over", FAILING, -DAY, -HOUR, -MINUTE, 0, R, D, R, R, R},
    {"renewal failed before a week off", FAILING, -9 * DAY, -8 * DAY, -7 * DAY, 0, D, D, R, R, R},
    {"killed while it renewed", FAILING, -HOUR, -MINUTE, 0, 0, R, R, R, R, R},
    {"switched off while it renewed", FAILING, -9 * DAY, -8 * DAY, 0, 0, D, D, R, R, R},
    {"renewal fails, expired", FAILING, -40 * DAY, -MINUTE, MINUTE, 0, N, E, E, E, E},
    {"first request fails", NEW, 0, -MINUTE, MINUTE, 0, N, E, E, E, E},
    {"first request failed before a week off", NEW, 0, -8 * DAY, -7 * DAY, 0, E, E, E, E, E},
    /* The CA's clerk. */
    {"pending", PENDING, 0, -2 * MINUTE, HOUR, 0, N, N, N, P, P},
    {"pending, asked just now", PENDING, 0, -MINUTE + 1, HOUR, 0, N, N, N, N, P},
    {"pending, time to ask", PENDING, 0, -HOUR, 0, 0, P, P, P, P, P},
    {"pending before a week off", PENDING, 0, -8 * DAY, -7 * DAY, 0, P, P, P, P, P},
    {"renewal pending before a week off", PENDING, -9 * DAY, -8 * DAY, -7 * DAY, 0, D, D, P, P, P},
};

static struct engine_view view_of(int i)
{
    bool has = moments[i].kind == INSTALLED || moments[i].renew_in;
    struct engine_view view = has ? installed(moments[i].renew_in) : requesting(0, 0, 0);
    if (moments[i].kind != INSTALLED) {
        view.state = requesting(NOW + moments[i].asked, 0, 2).state;
        view.state.phase = moments[i].kind == PENDING ? PHASE_PENDING : PHASE_REQUESTING;
    }
    if (moments[i].next_in || moments[i].wait || moments[i].kind == PENDING)
        view.state.next_attempt = NOW + moments[i].next_in;
    view.state.wait = moments[i].wait;
    return view;
}

START_TEST(each_mode_has_its_patience)
{
    const struct engine_view view = view_of(_i);
    const enum engine_action wanted[] = {
        [ENGINE_DUE] = moments[_i].due,     [ENGINE_ROUTINE] = moments[_i].routine,
        [ENGINE_CYCLE] = moments[_i].cycle, [ENGINE_ENROL] = moments[_i].enrol,
        [ENGINE_RENEW] = moments[_i].renew,
    };
    for (enum engine_mode mode = ENGINE_DUE; mode <= ENGINE_RENEW; mode++) {
        struct engine_decision d = engine_decide(&view, mode, NOW);
        ck_assert_msg(d.action == wanted[mode], "%s: mode %d: action %d", moments[_i].name, mode,
                      d.action);
        if (d.action == ACTION_NONE)
            ck_assert_int_gt(d.when, NOW);
    }
}
END_TEST

/* A server that asked to be left alone is, but for who stands before it. */
START_TEST(a_server_may_put_us_off)
{
    static const struct {
        int64_t seconds, least, most;
        bool heard;
    } wishes[] = {
        {2 * HOUR, 2 * HOUR, 2 * HOUR, true},
        {40 * DAY, DAY, DAY, true},
        {INT64_MAX, DAY, DAY, true},
        {1, 30, MINUTE, true},
        {-DAY, 30, MINUTE, false},
        {INT64_MIN, 30, MINUTE, false},
        {0, 30, MINUTE, false},
    };
    for (size_t i = 0; i < LENGTH(wishes); i++) {
        struct engine_view view = requesting(NOW, 0, 0);
        const struct engine_pace slow = {
            .interval = INTERVAL, .retry_after = wishes[i].seconds, .seed = i};
        engine_after(&view.state, EVENT_FAILED, "HTTP 503", &slow, NOW);
        ck_assert_int_ge(view.state.next_attempt, NOW + wishes[i].least);
        ck_assert_int_le(view.state.next_attempt, NOW + wishes[i].most);
        for (enum engine_mode mode = ENGINE_DUE; mode <= ENGINE_CYCLE; mode++)
            if (wishes[i].heard)
                ck_assert_int_eq(engine_decide(&view, mode, NOW).action, ACTION_NONE);
        ck_assert_int_eq(engine_decide(&view, ENGINE_ENROL, NOW).action, ACTION_ENROL);

        /* It holds for one failure; the next one may say something else. */
        engine_after(&view.state, EVENT_FAILED, "HTTP 500", &pace, NOW + DAY);
        ck_assert_int_eq(view.state.not_before, 0);
        ck_assert_int_eq(engine_decide(&view, ENGINE_CYCLE, NOW + DAY).action, ACTION_ENROL);
    }
}
END_TEST

/* But not until the certificate that is there has ended. */
START_TEST(no_certificate_runs_out_for_a_wish)
{
    static const struct {
        int64_t left, wish, waits;
    } rows[] = {
        {2 * HOUR, DAY, HOUR},
        {2 * HOUR, HOUR, HOUR},
        {2 * HOUR, 30 * MINUTE, 30 * MINUTE},
        {90, DAY, MINUTE},
        {1, INT64_MAX, MINUTE},
        {30 * DAY, 40 * DAY, DAY},
        {INT64_MAX - NOW, DAY, DAY},
        /* it has ended already, or there is none */
        {0, DAY, DAY},
        {-HOUR, DAY, DAY},
        {-NOW, DAY, DAY},
    };
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct engine_view view = requesting(NOW, 0, 0);
        const struct engine_pace slow = {.interval = INTERVAL,
                                         .retry_after = rows[i].wish,
                                         .not_after = NOW + rows[i].left,
                                         .seed = i};
        engine_after(&view.state, EVENT_FAILED, "HTTP 503", &slow, NOW);
        ck_assert_int_eq(view.state.not_before, NOW + rows[i].waits);
        ck_assert_int_eq(view.state.next_attempt, NOW + rows[i].waits);
    }
}
END_TEST

START_TEST(a_moment_is_given_once)
{
    struct engine_view view = installed(-7 * DAY);
    ck_assert_int_eq(engine_decide(&view, ENGINE_DUE, NOW).action, ACTION_DEFER);
    engine_defer(&view.state, view.not_after, INTERVAL, 7, NOW);
    ck_assert_int_ge(view.state.next_attempt, NOW);
    ck_assert_int_lt(view.state.next_attempt, NOW + INTERVAL);
    ck_assert_int_eq(view.state.since, 7);
    ck_assert_str_eq(engine_state_name(&view, NOW), "installed");
    struct engine_decision d = engine_decide(&view, ENGINE_DUE, NOW - 1);
    ck_assert_int_eq(d.action, ACTION_NONE);
    ck_assert_int_eq(d.next, ACTION_RENEW);
    ck_assert_int_eq(d.when, view.state.next_attempt);
    ck_assert_int_eq(engine_decide(&view, ENGINE_ROUTINE, NOW + 9 * DAY).action, ACTION_RENEW);

    /* Asked, failed, and switched off for another week: it is late anew. */
    engine_after(&view.state, EVENT_STARTED, "", &pace, NOW + DAY);
    ck_assert_int_eq(view.state.wait, WAIT_NOTHING);
    engine_after(&view.state, EVENT_FAILED, "no answer", &pace, NOW + DAY);
    ck_assert_int_eq(engine_decide(&view, ENGINE_DUE, NOW + 8 * DAY).action, ACTION_DEFER);
}
END_TEST

/* How the CA issues: dated back by, valid for (0: as long as that), and what a day may cost. */
static const struct {
    int64_t back, life;
    unsigned threshold, most;
} short_lives[] = {
    {MINUTE, 5 * MINUTE, 99, 24 * 60 / 2},
    {10 * MINUTE, 5 * MINUTE, 99, 24 * 60 / 2},
    {10 * MINUTE, 5 * MINUTE, 1, 24 * 60 / 2},
    {0, 60, 99, 24 * 60},
    {0, 10, 20, 24 * 60},
    {0, 1, 1, 24 * 60},
    {0, 0, 20, 24 * 60},
    {YEAR, HOUR, 20, 24 * 2},
    {20 * YEAR, 2 * DAY, 20, 24},
    {0, 3 * HOUR, 99, 24},
    {0, DAY, 20, 2},
};

START_TEST(a_short_life_makes_no_loop)
{
    struct engine_view view = {.wanted = "w"};
    int64_t now = NOW, last = NOW - DAY;
    unsigned requests = 0, looks = 0;
    while (now < NOW + DAY) {
        struct engine_decision d = engine_decide(&view, ENGINE_DUE, now);
        ck_assert_uint_lt(looks++, 10000);
        if (d.action == ACTION_NONE) {
            ck_assert_int_gt(d.when, now);
            now = d.when;
            continue;
        }
        ck_assert_int_ne(d.action, ACTION_DEFER);
        ck_assert_int_ge(now - last, SCHEDULE_FIRST_RETRY);
        last = now;
        requests++;
        engine_after(&view.state, EVENT_STARTED, "", &pace, now);
        strcpy(view.state.wish, "w");
        engine_after(&view.state, EVENT_ISSUED, "", &pace, now);
        view.has_certificate = true;
        strcpy(view.wish, "w");
        view.obtained = now;
        view.not_before = now - short_lives[_i].back;
        view.not_after = now + short_lives[_i].life;
        view.renew_at =
            schedule_renewal(view.not_before, view.not_after, short_lives[_i].threshold, 12345);
        /* Nor do cycles, as many as there may be. */
        ck_assert_int_eq(engine_decide(&view, ENGINE_CYCLE, now).action, ACTION_NONE);
        ck_assert_int_eq(engine_decide(&view, ENGINE_ROUTINE, now + 1).action, ACTION_NONE);
    }
    ck_assert_uint_ge(requests, 1);
    ck_assert_uint_le(requests, short_lives[_i].most);
}
END_TEST

START_TEST(a_certificate_of_the_future_is_left_alone)
{
    struct engine_view view = installed(YEAR);
    view.not_before = NOW + DAY;
    for (enum engine_mode mode = ENGINE_DUE; mode <= ENGINE_ENROL; mode++)
        ck_assert_int_eq(engine_decide(&view, mode, NOW).action, ACTION_NONE);
    ck_assert_str_eq(engine_state_name(&view, NOW), "installed");
}
END_TEST

/* The clock leaps ahead by AHEAD, things go wrong there, and it is set right again. */
static const struct {
    int64_t ahead;
} leaps[] = {{2 * HOUR}, {100 * DAY}, {5 * YEAR}, {200 * YEAR}};

START_TEST(a_clock_set_right_has_lost_nothing)
{
    int64_t then = NOW + leaps[_i].ahead;
    struct engine_view view = installed(DAY);
    bool due = engine_decide(&view, ENGINE_DUE, then).action != ACTION_NONE;
    ck_assert_int_eq(due, then >= view.renew_at);
    if (engine_decide(&view, ENGINE_DUE, then).action == ACTION_DEFER)
        engine_defer(&view.state, view.not_after, INTERVAL, 7, then);
    for (int i = 0; i < 20; i++) {
        engine_after(&view.state, EVENT_STARTED, "", &pace, then);
        engine_after(&view.state, EVENT_FAILED, "the CA has expired", &pace, then);
    }
    ck_assert(!engine_has_settled(&view, ENGINE_DUE, then));
    ck_assert(engine_has_settled(&view, ENGINE_DUE, NOW));
    for (enum engine_mode mode = ENGINE_DUE; mode <= ENGINE_ENROL; mode++) {
        struct engine_decision d = engine_decide(&view, mode, NOW);
        ck_assert_int_eq(d.action, ACTION_NONE);
        ck_assert_int_eq(d.when, view.renew_at);
    }
}
END_TEST

START_TEST(a_clock_set_right_waits_for_nothing)
{
    int64_t then = NOW + leaps[_i].ahead;
    struct engine_view view = requesting(then, 0, 9);
    engine_after(&view.state, EVENT_FAILED, "no answer", &pace, then);
    ck_assert_int_eq(engine_decide(&view, ENGINE_DUE, NOW).action, ACTION_ENROL);

    const struct engine_pace slow = {.interval = INTERVAL, .retry_after = HOUR};
    engine_after(&view.state, EVENT_FAILED, "HTTP 503", &slow, then);
    ck_assert_int_eq(engine_decide(&view, ENGINE_DUE, NOW).action, ACTION_ENROL);

    view.state.phase = PHASE_PENDING;
    engine_after(&view.state, EVENT_PENDING, "not decided", &pace, then);
    ck_assert_int_eq(engine_decide(&view, ENGINE_DUE, NOW).action, ACTION_POLL);
    engine_after(&view.state, EVENT_PENDING, "not decided", &pace, NOW);
    ck_assert_int_le(view.state.pending, NOW);
    ck_assert_int_le(view.state.next_attempt, NOW + MINUTE);

    view = installed(-HOUR);
    engine_defer(&view.state, NOW + YEAR, INTERVAL, 7, then);
    ck_assert_int_eq(engine_decide(&view, ENGINE_DUE, NOW).action, ACTION_RENEW);
}
END_TEST

/* Back, as a machine without a battery begins; what was planned in the right time holds then. */
START_TEST(a_clock_that_begins_in_1970_does_nothing_rash)
{
    struct engine_view view = installed(DAY);
    ck_assert_int_eq(engine_decide(&view, ENGINE_ROUTINE, 100).action, ACTION_NONE);
    view = installed(-HOUR);
    engine_defer(&view.state, view.not_after, INTERVAL, 7, NOW);
    ck_assert_int_eq(engine_decide(&view, ENGINE_ROUTINE, 100).action, ACTION_NONE);
    int64_t moment = view.state.next_attempt;
    ck_assert_int_eq(engine_decide(&view, ENGINE_ROUTINE, moment - 1).when, moment);
}
END_TEST

/* --- pending --- */

static const struct {
    const char *name;
    int64_t limit, every; /* 0: slower and slower */
    enum engine_event answers;
} patience[] = {
    {"the usual", 14 * DAY, 0, EVENT_PENDING},
    {"a short limit", HOUR, 0, EVENT_PENDING},
    {"a pace of its own", 14 * DAY, HOUR, EVENT_PENDING},
    {"seldom", 60 * DAY, 30 * DAY, EVENT_PENDING},
    {"a server that breaks", 14 * DAY, 0, EVENT_FAILED},
    {"a server that is gone", 14 * DAY, 0, EVENT_UNREACHED},
    {"gone, a pace of its own", 7 * DAY, 2 * HOUR, EVENT_UNREACHED},
};

START_TEST(what_nobody_decides_is_given_up)
{
    struct engine_pace slow = {.interval = INTERVAL,
                               .poll_interval = patience[_i].every,
                               .poll_limit = patience[_i].limit};
    struct engine_view view = requesting(NOW, 0, 0);
    struct entry_state *state = &view.state;
    strcpy(state->transaction_id, "7f");
    engine_after(state, EVENT_PENDING, "not decided", &slow, NOW);
    ck_assert_int_eq(engine_pending_until(state, slow.poll_limit), NOW + slow.poll_limit);
    int64_t now = NOW;
    unsigned polls = 0;
    while (state->phase == PHASE_PENDING) {
        struct engine_decision d = engine_decide(&view, ENGINE_DUE, now);
        ck_assert_int_eq(d.next, ACTION_POLL);
        ck_assert_int_gt(d.when, now);
        now = d.when;
        ck_assert_int_eq(engine_decide(&view, ENGINE_DUE, now).action, ACTION_POLL);
        ck_assert_str_eq(state->transaction_id, "7f");
        ck_assert_int_eq(state->pending, NOW);
        slow.seed++;
        engine_after(state, patience[_i].answers, "the last answer", &slow, now);
        ck_assert_uint_lt(polls++, 1000);
    }
    ck_assert_msg(now >= NOW + slow.poll_limit, "%s: %ld", patience[_i].name, (long)(now - NOW));
    ck_assert_msg(now <= NOW + slow.poll_limit + ENGINE_LAST_POLL, "%s", patience[_i].name);
    ck_assert_str_eq(state->transaction_id, "");
    ck_assert_int_eq(engine_pending_until(state, slow.poll_limit), 0);
    ck_assert_ptr_nonnull(strstr(state->reason, "the CA has not decided in "));
    ck_assert_ptr_nonnull(strstr(state->reason, "last: the last answer"));

    /* A new request, but not at once. */
    struct engine_decision d = engine_decide(&view, ENGINE_DUE, now);
    ck_assert_int_eq(d.next, ACTION_ENROL);
    ck_assert_int_ge(d.when, now + SCHEDULE_FIRST_RETRY / 2);
    ck_assert_int_le(d.when, now + SCHEDULE_FIRST_RETRY);
}
END_TEST

/* Neither a machine that was off, nor one whose clock leaps, has given its clerk the time. */
START_TEST(time_without_a_poll_does_not_count_alone)
{
    const struct engine_pace slow = {.interval = INTERVAL, .poll_limit = 14 * DAY};
    struct engine_view view = requesting(NOW, 0, 0);
    engine_after(&view.state, EVENT_PENDING, "not decided", &slow, NOW);
    int64_t then = NOW + 5 * YEAR;
    engine_after(&view.state, EVENT_FAILED, "no answer", &slow, then);
    ck_assert_int_eq(view.state.phase, PHASE_PENDING);
    ck_assert_int_le(view.state.next_attempt, then + ENGINE_LAST_POLL);
    struct engine_view there = view;
    engine_after(&there.state, EVENT_PENDING, "not decided", &slow, then + HOUR);
    ck_assert_int_eq(there.state.phase, PHASE_NONE);

    engine_after(&view.state, EVENT_PENDING, "not decided", &slow, NOW + HOUR);
    ck_assert_int_eq(view.state.phase, PHASE_PENDING);
    ck_assert_int_eq(view.state.pending, NOW);
}
END_TEST

/* A server that says "pending" and then knows nothing of it must not be asked for ever at the pace
 * of a first failure. */
START_TEST(transactions_that_come_to_nothing_slow_down)
{
    struct entry_state state = {0};
    int64_t step = SCHEDULE_FIRST_RETRY;
    for (unsigned i = 1; i < 40; i++) {
        engine_after(&state, EVENT_STARTED, "", &pace, NOW);
        engine_after(&state, EVENT_PENDING, "not decided", &pace, NOW);
        engine_after(&state, EVENT_UNREACHED, "no answer", &pace, NOW);
        engine_after(&state, EVENT_REFUSED, "badCertId", &pace, NOW);
        ck_assert_uint_eq(state.attempts, i);
        ck_assert_int_ge(state.next_attempt, NOW + step / 2);
        ck_assert_int_le(state.next_attempt, NOW + step);
        step = 2 * step < INTERVAL ? 2 * step : INTERVAL;
    }
    engine_after(&state, EVENT_STARTED, "", &pace, NOW);
    engine_after(&state, EVENT_ISSUED, "", &pace, NOW);
    ck_assert_uint_eq(state.refusals, 0);
    engine_after(&state, EVENT_REFUSED, "badRequest", &pace, NOW);
    ck_assert_uint_eq(state.attempts, 1);
}
END_TEST

/* The root goes and comes, a variable is lost and found: the limit goes on. */
START_TEST(pending_since_outlives_what_holds_it_up)
{
    const struct engine_pace slow = {.interval = INTERVAL, .poll_limit = 14 * DAY};
    struct entry_state state = {.phase = PHASE_REQUESTING};
    engine_after(&state, EVENT_PENDING, "not decided", &slow, NOW);
    engine_after(&state, EVENT_BLOCKED, "no root", &slow, NOW + DAY);
    engine_after(&state, EVENT_PENDING, "not decided", &slow, NOW + 2 * DAY);
    engine_after(&state, EVENT_UNMET, "no value", &slow, NOW + 3 * DAY);
    engine_after(&state, EVENT_PENDING, "not decided", &slow, NOW + 4 * DAY);
    ck_assert_int_eq(engine_pending_until(&state, slow.poll_limit), NOW + 14 * DAY);
    engine_after(&state, EVENT_STARTED, "", &slow, NOW + 5 * DAY); /* edited */
    ck_assert_int_eq(engine_pending_until(&state, slow.poll_limit), 0);
    engine_after(&state, EVENT_PENDING, "not decided", &slow, NOW + 5 * DAY);
    ck_assert_int_eq(engine_pending_until(&state, slow.poll_limit), NOW + 19 * DAY);
    ck_assert_int_eq(engine_pending_until(&state, 0), 0);
    state.pending = INT64_MAX;
    ck_assert_int_eq(engine_pending_until(&state, slow.poll_limit), 0);
}
END_TEST

Suite *engine_time_suite(void)
{
    Suite *suite = suite_create("agent/engine, time");
    TCase *tc = tcase_create("time");
    tcase_add_loop_test(tc, each_mode_has_its_patience, 0, LENGTH(moments));
    tcase_add_test(tc, a_server_may_put_us_off);
    tcase_add_test(tc, no_certificate_runs_out_for_a_wish);
    tcase_add_test(tc, a_moment_is_given_once);
    tcase_add_loop_test(tc, a_short_life_makes_no_loop, 0, LENGTH(short_lives));
    tcase_add_test(tc, a_certificate_of_the_future_is_left_alone);
    tcase_add_loop_test(tc, a_clock_set_right_has_lost_nothing, 0, LENGTH(leaps));
    tcase_add_loop_test(tc, a_clock_set_right_waits_for_nothing, 0, LENGTH(leaps));
    tcase_add_test(tc, a_clock_that_begins_in_1970_does_nothing_rash);
    tcase_add_loop_test(tc, what_nobody_decides_is_given_up, 0, LENGTH(patience));
    tcase_add_test(tc, time_without_a_poll_does_not_count_alone);
    tcase_add_test(tc, transactions_that_come_to_nothing_slow_down);
    tcase_add_test(tc, pending_since_outlives_what_holds_it_up);
    suite_add_tcase(suite, tc);
    return suite;
}
