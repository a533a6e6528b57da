#include "agent/engine.h"

#include "tests/suite.h"

#include <string.h>

#define NOW 10000

/* One row: what is known, who asks, what must come out. The certificate, where there is one, is
 * valid from 0. */
static const struct {
    const char *name;
    enum entry_phase phase;
    const char *state_wish;
    int64_t next_attempt;
    int64_t not_after; /* 0: no certificate */
    int64_t renew_at;
    const char *wish;
    enum engine_mode mode;
    enum engine_action action, next;
    int64_t when;
} rows[] = {
    {"new", PHASE_NONE, "", 0, 0, 0, "", ENGINE_DUE, ACTION_ENROL, 0, 0},
    {"failed, back-off not over", PHASE_REQUESTING, "w", NOW + 9, 0, 0, "", ENGINE_DUE, ACTION_NONE,
     ACTION_ENROL, NOW + 9},
    {"failed, back-off over", PHASE_REQUESTING, "w", NOW, 0, 0, "", ENGINE_DUE, ACTION_ENROL, 0, 0},
    {"failed, but a cycle", PHASE_REQUESTING, "w", NOW + 9, 0, 0, "", ENGINE_CYCLE, ACTION_ENROL, 0,
     0},
    {"installed", PHASE_INSTALLED, "w", 0, NOW * 10, NOW * 8, "w", ENGINE_CYCLE, ACTION_NONE,
     ACTION_RENEW, NOW * 8},
    {"installed, a person asks", PHASE_INSTALLED, "w", 0, NOW * 10, NOW * 8, "w", ENGINE_RENEW,
     ACTION_RENEW, 0, 0},
    {"renewal due", PHASE_INSTALLED, "w", 0, NOW * 2, NOW, "w", ENGINE_DUE, ACTION_RENEW, 0, 0},
    {"renewal failed a moment ago", PHASE_REQUESTING, "w", NOW + 5, NOW * 2, NOW - 5, "w",
     ENGINE_DUE, ACTION_NONE, ACTION_RENEW, NOW + 5},
    {"renewal asked for, killed, not yet due", PHASE_REQUESTING, "w", 0, NOW * 2, NOW + 50, "w",
     ENGINE_DUE, ACTION_RENEW, 0, 0},
    {"edited, asked for, taken back", PHASE_REQUESTING, "v", 0, NOW * 2, NOW + 50, "w",
     ENGINE_CYCLE, ACTION_NONE, ACTION_RENEW, NOW + 50},
    {"expired", PHASE_INSTALLED, "w", 0, NOW, NOW - 50, "w", ENGINE_DUE, ACTION_ENROL, 0, 0},
    {"expired and failing", PHASE_REQUESTING, "w", NOW + 5, NOW - 1, NOW - 50, "w", ENGINE_DUE,
     ACTION_NONE, ACTION_ENROL, NOW + 5},
    {"edited", PHASE_INSTALLED, "v", 0, NOW * 10, NOW * 8, "v", ENGINE_DUE, ACTION_ENROL, 0, 0},
    {"edited while pending", PHASE_PENDING, "v", NOW + 5, 0, 0, "", ENGINE_CYCLE, ACTION_ENROL, 0,
     0},
    {"pending", PHASE_PENDING, "w", NOW, 0, 0, "", ENGINE_DUE, ACTION_POLL, 0, 0},
    {"pending, too early", PHASE_PENDING, "w", NOW + 5, 0, 0, "", ENGINE_CYCLE, ACTION_NONE,
     ACTION_POLL, NOW + 5},
    {"pending, a person asks", PHASE_PENDING, "w", NOW + 5, 0, 0, "", ENGINE_RENEW, ACTION_POLL, 0,
     0},
    {"pending renewal past expiry", PHASE_PENDING, "w", NOW, NOW - 1, NOW - 50, "w", ENGINE_DUE,
     ACTION_POLL, 0, 0},
    {"the clock stood still at 1970", PHASE_INSTALLED, "w", 0, NOW * 10, NOW * 8, "w", ENGINE_CYCLE,
     ACTION_NONE, ACTION_RENEW, NOW * 8},
};

static struct engine_view view_of(int i)
{
    struct engine_view view = {
        .state = {.phase = rows[i].phase, .asked = NOW - 9, .next_attempt = rows[i].next_attempt},
        .has_certificate = rows[i].not_after != 0,
        .not_after = rows[i].not_after,
        .renew_at = rows[i].renew_at,
        .wanted = "w",
    };
    strcpy(view.state.wish, rows[i].state_wish);
    strcpy(view.wish, rows[i].wish);
    return view;
}

/* Only its user can do what the clock would do, but for polls. */
START_TEST(decides_without_a_pin)
{
    struct engine_view view = view_of(_i);
    view.needs_pin = true;
    struct engine_decision d = engine_decide(&view, rows[_i].mode, NOW);
    bool kept = rows[_i].action == ACTION_NONE || rows[_i].action == ACTION_POLL;
    ck_assert_msg(d.action == (kept ? rows[_i].action : ACTION_PIN), "%s: action %d", rows[_i].name,
                  d.action);
    ck_assert_int_eq(d.next, rows[_i].next);
    ck_assert_int_eq(d.when, rows[_i].when);
}
END_TEST

START_TEST(leaves_to_its_user_what_is_no_poll)
{
    struct entry_state state = {.phase = PHASE_REQUESTING, .wait = WAIT_NETWORK, .attempts = 2};
    state.next_attempt = 9;
    engine_leave_to_user(&state);
    ck_assert_int_eq(state.wait, WAIT_PIN);
    ck_assert_int_eq(state.next_attempt, 0);
    ck_assert_uint_eq(state.attempts, 2);
    struct entry_state pending = {.phase = PHASE_PENDING, .next_attempt = 9};
    engine_leave_to_user(&pending);
    ck_assert_int_eq(pending.wait, WAIT_NOTHING);
    ck_assert_int_eq(pending.next_attempt, 9);
}
END_TEST

START_TEST(decides)
{
    struct engine_view view = view_of(_i);
    struct engine_decision d = engine_decide(&view, rows[_i].mode, NOW);
    ck_assert_msg(d.action == rows[_i].action, "%s: action %d", rows[_i].name, d.action);
    ck_assert_msg(d.next == rows[_i].next, "%s: next %d", rows[_i].name, d.next);
    ck_assert_msg(d.when == rows[_i].when, "%s: when %ld", rows[_i].name, (long)d.when);
}
END_TEST

static const struct {
    enum entry_phase phase;
    const char *wish;
    bool same;
} transactions[] = {
    {PHASE_NONE, "", false},        {PHASE_NONE, "w", false},   {PHASE_REQUESTING, "w", true},
    {PHASE_REQUESTING, "v", false}, {PHASE_PENDING, "w", true}, {PHASE_PENDING, "", false},
    {PHASE_INSTALLED, "w", false},
};

START_TEST(a_key_is_used_again_only_for_the_same_wish)
{
    struct engine_view view = {.state.phase = transactions[_i].phase, .wanted = "w"};
    strcpy(view.state.wish, transactions[_i].wish);
    ck_assert(engine_same_transaction(&view) == transactions[_i].same);
}
END_TEST

#define INTERVAL 28800

static void after(struct entry_state *state, enum engine_event event, const char *reason,
                  uint64_t seed, int64_t now)
{
    const struct engine_pace pace = {.interval = INTERVAL, .seed = seed};
    engine_after(state, event, reason, &pace, now);
}

START_TEST(failures_add_up_and_success_forgets_them)
{
    struct entry_state state = {0};
    after(&state, EVENT_STARTED, "", 1, 100);
    ck_assert_int_eq(state.phase, PHASE_REQUESTING);
    ck_assert_int_eq(state.since, 100);
    for (unsigned i = 1; i <= 20; i++) {
        after(&state, EVENT_FAILED, "no answer", i, 200 + i);
        ck_assert_uint_eq(state.attempts, i);
        ck_assert_int_gt(state.next_attempt, 200 + i);
        ck_assert_int_le(state.next_attempt, 200 + i + 28800);
        ck_assert_int_eq(state.since, 201);
        after(&state, EVENT_STARTED, "", 1, 300);
        ck_assert_str_eq(state.reason, "no answer");
        ck_assert_int_eq(state.phase, PHASE_REQUESTING);
    }
    after(&state, EVENT_PENDING, "waiting for the CA", 1, 400);
    ck_assert_int_eq(state.phase, PHASE_PENDING);
    ck_assert_uint_eq(state.attempts, 0);
    ck_assert_int_gt(state.next_attempt, 400);
    after(&state, EVENT_FAILED, "no answer", 1, 450);
    ck_assert_int_eq(state.phase, PHASE_PENDING); /* a poll that failed does not lose the request */
    ck_assert_int_eq(state.since, 400);
    after(&state, EVENT_ISSUED, "", 1, 500);
    ck_assert_int_eq(state.phase, PHASE_INSTALLED);
    ck_assert_uint_eq(state.attempts, 0);
    ck_assert_int_eq(state.next_attempt, 0);
    ck_assert_int_eq(state.since, 500);
    ck_assert_str_eq(state.reason, "");
}
END_TEST

START_TEST(a_refusal_ends_the_transaction)
{
    struct entry_state state = {.phase = PHASE_PENDING, .transaction_id = "7f", .wish = "w"};
    after(&state, EVENT_REFUSED, "badRequest", 1, 100);
    ck_assert_int_eq(state.phase, PHASE_NONE);
    ck_assert_str_eq(state.transaction_id, "");
    ck_assert_str_eq(state.wish, "");
    ck_assert_uint_eq(state.attempts, 1);
    ck_assert_int_gt(state.next_attempt, 100);
    ck_assert_str_eq(state.reason, "badRequest");
}
END_TEST

/* The certificate, where there is one, was asked for with "w", which is what is wanted. */
static const struct {
    enum entry_phase phase;
    const char *wish, *reason;
    unsigned attempts;
    int64_t next_attempt, renew_at; /* 0: no certificate */
    enum engine_mode mode;
    bool settled;
} settlings[] = {
    {PHASE_INSTALLED, "w", "", 0, 0, NOW + 50, ENGINE_CYCLE, false}, /* nothing is told */
    {PHASE_NONE, "", "state.json was damaged", 0, 0, NOW + 50, ENGINE_DUE, true},
    {PHASE_NONE, "", "", 0, 0, NOW + 50, ENGINE_CYCLE, true},
    {PHASE_NONE, "", "", 0, 0, 0, ENGINE_CYCLE, false},
    {PHASE_REQUESTING, "v", "no answer", 1, NOW + 9, NOW + 50, ENGINE_CYCLE, true},
    {PHASE_REQUESTING, "v", "no answer", 1, NOW + 9, NOW + 50, ENGINE_DUE, false},
    {PHASE_REQUESTING, "v", "no answer", 1, NOW, NOW + 50, ENGINE_DUE, true},
    {PHASE_REQUESTING, "w", "no answer", 1, NOW, NOW + 50, ENGINE_CYCLE, false}, /* goes on */
    {PHASE_PENDING, "w", "not decided", 0, NOW, NOW + 50, ENGINE_CYCLE, false},
    {PHASE_PENDING, "v", "not decided", 0, NOW, NOW + 50, ENGINE_CYCLE, true},
    {PHASE_INSTALLED, "w", "{{IMEI}}: no value", 3, NOW, NOW + 50, ENGINE_CYCLE, true},
    {PHASE_NONE, "", "badRequest", 3, NOW, NOW, ENGINE_CYCLE, false}, /* renewal is due */
};

START_TEST(settles_when_a_failure_has_lost_its_point)
{
    struct engine_view view = {
        .state = {.phase = settlings[_i].phase,
                  .attempts = settlings[_i].attempts,
                  .next_attempt = settlings[_i].next_attempt},
        .has_certificate = settlings[_i].renew_at != 0,
        .renew_at = settlings[_i].renew_at,
        .not_after = settlings[_i].renew_at + 50,
        .wish = "w",
        .wanted = "w",
    };
    strcpy(view.state.wish, settlings[_i].wish);
    strcpy(view.state.reason, settlings[_i].reason);
    ck_assert(engine_has_settled(&view, settlings[_i].mode, NOW) == settlings[_i].settled);
}
END_TEST

static const struct {
    enum entry_phase phase;
    enum entry_wait wait;
    unsigned attempts;
    int64_t not_after; /* 0: no certificate */
    const char *name;
    int64_t since; /* the state's own is 7 */
} names[] = {
    {PHASE_NONE, WAIT_NOTHING, 0, 0, "requesting", 7},
    {PHASE_REQUESTING, WAIT_NOTHING, 0, 0, "requesting", 7},
    {PHASE_REQUESTING, WAIT_NOTHING, 3, 0, "error", 7},
    {PHASE_NONE, WAIT_NOTHING, 3, 0, "error", 7},
    {PHASE_PENDING, WAIT_NOTHING, 0, 0, "pending", 7},
    {PHASE_PENDING, WAIT_NOTHING, 0, NOW + 1, "pending", 7},
    {PHASE_PENDING, WAIT_NOTHING, 0, NOW - 1, "pending", 7},
    {PHASE_INSTALLED, WAIT_NOTHING, 0, NOW + 1, "installed", 7},
    {PHASE_INSTALLED, WAIT_NOTHING, 0, NOW, "expired", NOW},
    {PHASE_REQUESTING, WAIT_NOTHING, 0, NOW + 1, "renewing", 7},
    {PHASE_REQUESTING, WAIT_NOTHING, 2, NOW + 1, "renewing", 7},
    {PHASE_INSTALLED, WAIT_NOTHING, 2, NOW + 1, "renewing", 7},
    {PHASE_REQUESTING, WAIT_NOTHING, 2, NOW - 1, "expired", NOW - 1},
    /* No server could be reached. */
    {PHASE_REQUESTING, WAIT_NETWORK, 1, 0, "waiting", 7},
    {PHASE_NONE, WAIT_NETWORK, 1, 0, "waiting", 7},
    {PHASE_REQUESTING, WAIT_NETWORK, 1, NOW + 1, "renewing", 7},
    {PHASE_REQUESTING, WAIT_NETWORK, 1, NOW - 1, "expired", NOW - 1},
    {PHASE_PENDING, WAIT_NETWORK, 1, 0, "pending", 7},
    /* A variable has no value here. */
    {PHASE_NONE, WAIT_VALUE, 1, 0, "not-applicable", 7},
    {PHASE_REQUESTING, WAIT_VALUE, 1, 0, "not-applicable", 7},
    {PHASE_INSTALLED, WAIT_VALUE, 1, NOW + 1, "installed", 7},
    {PHASE_INSTALLED, WAIT_VALUE, 1, NOW - 1, "expired", NOW - 1},
    {PHASE_PENDING, WAIT_VALUE, 1, 0, "pending", 7},
    /* The root is not there: nothing goes on, not even a poll. */
    {PHASE_NONE, WAIT_PIN, 0, 0, "waiting", 7},
    {PHASE_REQUESTING, WAIT_PIN, 0, 0, "waiting", 7}, /* killed in the middle of it */
    {PHASE_REQUESTING, WAIT_PIN, 1, 0, "error", 7},
    {PHASE_INSTALLED, WAIT_PIN, 0, NOW + 1, "renewing", 7},
    {PHASE_REQUESTING, WAIT_PIN, 1, NOW + 1, "renewing", 7},
    {PHASE_INSTALLED, WAIT_PIN, 0, NOW - 1, "expired", NOW - 1},

    {PHASE_NONE, WAIT_ROOT, 0, 0, "waiting", 7},
    {PHASE_REQUESTING, WAIT_ROOT, 4, 0, "waiting", 7},
    {PHASE_PENDING, WAIT_ROOT, 0, 0, "waiting", 7},
    {PHASE_PENDING, WAIT_ROOT, 0, NOW - 1, "expired", NOW - 1},
    {PHASE_INSTALLED, WAIT_ROOT, 0, NOW + 1, "waiting", 7},
    {PHASE_INSTALLED, WAIT_ROOT, 0, NOW - 1, "expired", NOW - 1},
};

START_TEST(names_the_state)
{
    struct engine_view view = {
        .state = {.phase = names[_i].phase,
                  .wait = names[_i].wait,
                  .attempts = names[_i].attempts,
                  .since = 7},
        .has_certificate = names[_i].not_after != 0,
        .not_after = names[_i].not_after,
    };
    ck_assert_str_eq(engine_state_name(&view, NOW), names[_i].name);
    ck_assert_int_eq(engine_state_since(&view, NOW), names[_i].since);
}
END_TEST

/* From every state, with every event: what becomes of it. Time is NOW; the state is since 7, was
 * asked at 8, its next attempt at 9, with the reason "old". */
static const struct {
    const char *name;
    enum entry_phase phase;
    enum entry_wait wait;
    unsigned attempts;
    enum engine_event event;
    enum entry_phase then;
    enum entry_wait waits;
    unsigned tries;
    int64_t since, asked;
    bool next; /* is there a next attempt, after NOW? */
    const char *reason;
} steps[] = {
    {"first request", PHASE_NONE, WAIT_NOTHING, 0, EVENT_STARTED, PHASE_REQUESTING, WAIT_NOTHING, 0,
     NOW, NOW, false, "old"},
    {"again after a failure", PHASE_REQUESTING, WAIT_NOTHING, 2, EVENT_STARTED, PHASE_REQUESTING,
     WAIT_NOTHING, 2, 7, NOW, false, "old"},
    {"again, still no network", PHASE_REQUESTING, WAIT_NETWORK, 2, EVENT_STARTED, PHASE_REQUESTING,
     WAIT_NETWORK, 2, 7, NOW, false, "old"},
    {"the root has come", PHASE_NONE, WAIT_ROOT, 0, EVENT_STARTED, PHASE_REQUESTING, WAIT_NOTHING,
     0, NOW, NOW, false, ""},
    {"the root has come back", PHASE_REQUESTING, WAIT_ROOT, 3, EVENT_STARTED, PHASE_REQUESTING,
     WAIT_NOTHING, 3, NOW, NOW, false, ""},
    {"renewal", PHASE_INSTALLED, WAIT_NOTHING, 0, EVENT_STARTED, PHASE_REQUESTING, WAIT_NOTHING, 0,
     NOW, NOW, false, "old"},

    {"issued", PHASE_REQUESTING, WAIT_NETWORK, 3, EVENT_ISSUED, PHASE_INSTALLED, WAIT_NOTHING, 0,
     NOW, 8, false, "new"},
    {"granted at last", PHASE_PENDING, WAIT_NOTHING, 1, EVENT_ISSUED, PHASE_INSTALLED, WAIT_NOTHING,
     0, NOW, 8, false, "new"},
    {"settled", PHASE_INSTALLED, WAIT_NOTHING, 1, EVENT_ISSUED, PHASE_INSTALLED, WAIT_NOTHING, 0, 7,
     8, false, "new"},
    {"settled, the root is back", PHASE_INSTALLED, WAIT_ROOT, 0, EVENT_ISSUED, PHASE_INSTALLED,
     WAIT_NOTHING, 0, NOW, 8, false, "new"},

    {"to be approved", PHASE_REQUESTING, WAIT_NETWORK, 2, EVENT_PENDING, PHASE_PENDING,
     WAIT_NOTHING, 0, NOW, NOW, true, "new"},
    {"still to be approved", PHASE_PENDING, WAIT_NOTHING, 2, EVENT_PENDING, PHASE_PENDING,
     WAIT_NOTHING, 0, 7, NOW, true, "new"},

    {"first failure", PHASE_REQUESTING, WAIT_NOTHING, 0, EVENT_FAILED, PHASE_REQUESTING,
     WAIT_NOTHING, 1, NOW, 8, true, "new"},
    {"second failure", PHASE_REQUESTING, WAIT_NOTHING, 1, EVENT_FAILED, PHASE_REQUESTING,
     WAIT_NOTHING, 2, 7, 8, true, "new"},
    {"reached, and no good", PHASE_REQUESTING, WAIT_NETWORK, 5, EVENT_FAILED, PHASE_REQUESTING,
     WAIT_NOTHING, 6, NOW, 8, true, "new"},
    {"a poll failed", PHASE_PENDING, WAIT_NOTHING, 0, EVENT_FAILED, PHASE_PENDING, WAIT_NOTHING, 1,
     7, NOW, true, "new"},
    {"a variable is lost", PHASE_INSTALLED, WAIT_NOTHING, 0, EVENT_FAILED, PHASE_INSTALLED,
     WAIT_NOTHING, 1, NOW, 8, true, "new"},

    {"nobody there", PHASE_REQUESTING, WAIT_NOTHING, 0, EVENT_UNREACHED, PHASE_REQUESTING,
     WAIT_NETWORK, 1, NOW, 8, true, "new"},
    {"still nobody there", PHASE_REQUESTING, WAIT_NETWORK, 1, EVENT_UNREACHED, PHASE_REQUESTING,
     WAIT_NETWORK, 2, 7, 8, true, "new"},
    {"nobody there any more", PHASE_REQUESTING, WAIT_NOTHING, 3, EVENT_UNREACHED, PHASE_REQUESTING,
     WAIT_NETWORK, 4, NOW, 8, true, "new"},
    {"nobody to poll", PHASE_PENDING, WAIT_NOTHING, 0, EVENT_UNREACHED, PHASE_PENDING, WAIT_NETWORK,
     1, 7, NOW, true, "new"},

    {"no value", PHASE_NONE, WAIT_NOTHING, 0, EVENT_UNMET, PHASE_NONE, WAIT_VALUE, 1, NOW, 8, true,
     "new"},
    {"still no value", PHASE_NONE, WAIT_VALUE, 1, EVENT_UNMET, PHASE_NONE, WAIT_VALUE, 2, 7, 8,
     true, "new"},
    {"no value any more", PHASE_INSTALLED, WAIT_NOTHING, 0, EVENT_UNMET, PHASE_INSTALLED,
     WAIT_VALUE, 1, NOW, 8, true, "new"},
    {"the value has come", PHASE_NONE, WAIT_VALUE, 2, EVENT_STARTED, PHASE_REQUESTING, WAIT_NOTHING,
     0, NOW, NOW, false, ""},

    {"refused", PHASE_REQUESTING, WAIT_NOTHING, 0, EVENT_REFUSED, PHASE_NONE, WAIT_NOTHING, 1, NOW,
     NOW, true, "new"},
    {"refused again", PHASE_REQUESTING, WAIT_NOTHING, 1, EVENT_REFUSED, PHASE_NONE, WAIT_NOTHING, 2,
     7, NOW, true, "new"},
    {"not approved", PHASE_PENDING, WAIT_NOTHING, 3, EVENT_REFUSED, PHASE_NONE, WAIT_NOTHING, 1,
     NOW, NOW, true, "new"},

    {"no root, new", PHASE_NONE, WAIT_NOTHING, 0, EVENT_BLOCKED, PHASE_NONE, WAIT_ROOT, 0, NOW, 8,
     false, "new"},
    {"no root, another reason", PHASE_NONE, WAIT_ROOT, 0, EVENT_BLOCKED, PHASE_NONE, WAIT_ROOT, 0,
     7, 8, false, "new"},
    {"no root any more", PHASE_INSTALLED, WAIT_NOTHING, 0, EVENT_BLOCKED, PHASE_INSTALLED,
     WAIT_ROOT, 0, NOW, 8, false, "new"},
    {"no root while pending", PHASE_PENDING, WAIT_NOTHING, 1, EVENT_BLOCKED, PHASE_PENDING,
     WAIT_ROOT, 1, NOW, 8, false, "new"},
    {"no root, and no network before", PHASE_REQUESTING, WAIT_NETWORK, 4, EVENT_BLOCKED,
     PHASE_REQUESTING, WAIT_ROOT, 4, NOW, 8, false, "new"},

    {"no PIN, new", PHASE_NONE, WAIT_NOTHING, 0, EVENT_PIN, PHASE_NONE, WAIT_PIN, 0, NOW, 8, false,
     "new"},
    {"still no PIN", PHASE_NONE, WAIT_PIN, 0, EVENT_PIN, PHASE_NONE, WAIT_PIN, 0, 7, 8, false,
     "new"},
    {"no PIN for the renewal", PHASE_INSTALLED, WAIT_NOTHING, 0, EVENT_PIN, PHASE_INSTALLED,
     WAIT_PIN, 0, NOW, 8, false, "new"},
    {"the PIN has come", PHASE_NONE, WAIT_PIN, 0, EVENT_STARTED, PHASE_REQUESTING, WAIT_NOTHING, 0,
     NOW, NOW, false, ""},
    {"the PIN has come again", PHASE_REQUESTING, WAIT_PIN, 2, EVENT_STARTED, PHASE_REQUESTING,
     WAIT_NOTHING, 2, NOW, NOW, false, ""},
    {"settled without a PIN", PHASE_INSTALLED, WAIT_PIN, 0, EVENT_ISSUED, PHASE_INSTALLED,
     WAIT_NOTHING, 0, NOW, 8, false, "new"},
};

START_TEST(every_step)
{
    struct entry_state state = {.phase = steps[_i].phase,
                                .wait = steps[_i].wait,
                                .attempts = steps[_i].attempts,
                                .since = 7,
                                .asked = 8,
                                .next_attempt = 9,
                                .transaction_id = "7f",
                                .wish = "w",
                                .reason = "old"};
    after(&state, steps[_i].event, "new", 1, NOW);
    const char *name = steps[_i].name;
    ck_assert_msg(state.phase == steps[_i].then, "%s: phase %d", name, state.phase);
    ck_assert_msg(state.wait == steps[_i].waits, "%s: waits for %d", name, state.wait);
    ck_assert_msg(state.attempts == steps[_i].tries, "%s: %u attempts", name, state.attempts);
    ck_assert_msg(state.since == steps[_i].since, "%s: since %ld", name, (long)state.since);
    ck_assert_msg(state.asked == steps[_i].asked, "%s: asked %ld", name, (long)state.asked);
    ck_assert_msg((state.next_attempt > NOW) == steps[_i].next, "%s: next %ld", name,
                  (long)state.next_attempt);
    ck_assert_msg(strcmp(state.reason, steps[_i].reason) == 0, "%s: %s", name, state.reason);
    bool ends = steps[_i].event == EVENT_REFUSED;
    ck_assert_str_eq(state.transaction_id, ends ? "" : "7f");
    ck_assert_str_eq(state.wish, ends ? "" : "w");
}
END_TEST

/* The asker is a user. */
static const struct {
    int64_t asked;
    bool may;
} paces[] = {
    {0, true},           {1, true},         {NOW - 61, true}, {NOW - 60, true},
    {NOW - 59, false},   {NOW - 1, false},  {NOW, false},     {NOW + 1, true}, /* the clock was */
    {NOW + 99999, true}, {INT64_MAX, true},                                    /* set back */
};

START_TEST(a_user_has_its_pace)
{
    const struct entry_state state = {.asked = paces[_i].asked};
    int64_t from = engine_may_ask(&state, ASKER_USER, NOW);
    ck_assert_int_eq(from <= NOW, paces[_i].may);
    ck_assert_int_le(from, NOW + ENGINE_USER_PAUSE);
    ck_assert_int_le(engine_may_ask(&state, ASKER_ROOT, NOW), NOW);
    ck_assert_int_le(engine_may_ask(&state, ASKER_SIGN_IN, NOW), NOW); /* nothing failed */
}
END_TEST

/* A sign-in finds an entry that has failed so many times. */
static const struct {
    unsigned attempts;
    int64_t asked, next_attempt, from; /* NOW or before: at once */
} signins[] = {
    {0, 0, 0, NOW},
    {0, NOW - 1, 0, NOW},       /* issued a moment ago, or killed */
    {0, NOW - 1, NOW + 9, NOW}, /* pending */
    {1, NOW, NOW + 40, NOW + 40},
    {1, NOW - 30, NOW + 10, NOW + 10},
    {1, NOW - 30, NOW + 60, NOW + 30},
    {1, NOW - 30, NOW, NOW}, /* due all the same */
    {1, NOW - 30, NOW - 5, NOW},
    {5, NOW - 59, NOW + 900, NOW + 1},
    {5, NOW - 60, NOW + 900, NOW},
    {5, NOW - 500, NOW + 900, NOW},
    {5, NOW + 1, NOW + 900, NOW}, /* the clock was set back */
    {1, 0, NOW + 900, NOW},       /* never asked: a variable had no value */
};

START_TEST(a_sign_in_keeps_a_pause_after_a_failure)
{
    const struct entry_state state = {.attempts = signins[_i].attempts,
                                      .asked = signins[_i].asked,
                                      .next_attempt = signins[_i].next_attempt};
    int64_t from = engine_may_ask(&state, ASKER_SIGN_IN, NOW);
    ck_assert_int_eq(from > NOW ? from : NOW, signins[_i].from);
    ck_assert_int_le(engine_may_ask(&state, ASKER_ROOT, NOW), NOW);
}
END_TEST

/* An entry that has failed, or not, when its profile was asked by SETUP; now it is "new". */
static const struct {
    const char *setup;
    enum entry_phase phase;
    unsigned attempts;
    int64_t not_before;
    int64_t next; /* the attempt planned after it; 0: as before */
} setups[] = {
    {"old", PHASE_REQUESTING, 3, 0, NOW},
    {"old", PHASE_NONE, 3, 0, NOW},
    {"old", PHASE_PENDING, 3, 0, NOW}, /* a poll */
    {"old", PHASE_REQUESTING, 3, NOW + 50, NOW + 50},
    {"old", PHASE_REQUESTING, 3, NOW - 50, NOW},
    {"old", PHASE_PENDING, 0, 0, 0}, /* nothing failed: the pace is the clerk's */
    {"old", PHASE_INSTALLED, 0, 0, 0},
    {"new", PHASE_REQUESTING, 3, 0, 0},
    {"", PHASE_REQUESTING, 3, 0, 0}, /* written before there was such a thing */
};

START_TEST(what_was_mended_is_tried_at_once)
{
    struct entry_state state = {.phase = setups[_i].phase,
                                .attempts = setups[_i].attempts,
                                .refusals = 2,
                                .asked = NOW - 5,
                                .next_attempt = NOW + 900,
                                .planned = NOW - 5,
                                .not_before = setups[_i].not_before};
    strcpy(state.setup, setups[_i].setup);
    engine_set_up(&state, "new", NOW);
    ck_assert_str_eq(state.setup, "new");
    bool mended = setups[_i].next != 0;
    ck_assert_int_eq(state.next_attempt, mended ? setups[_i].next : NOW + 900);
    ck_assert_uint_eq(state.attempts, mended ? 0 : setups[_i].attempts);
    ck_assert_uint_eq(state.refusals, mended ? 0 : 2);
    ck_assert_int_eq(state.not_before, setups[_i].not_before);
    if (mended)
        for (enum engine_asker asker = ASKER_ROOT; asker <= ASKER_USER; asker++)
            ck_assert_int_le(engine_may_ask(&state, asker, NOW), NOW);
}
END_TEST

Suite *engine_suite(void)
{
    Suite *suite = suite_create("agent/engine");
    TCase *tc = tcase_create("engine");
    tcase_add_loop_test(tc, decides, 0, LENGTH(rows));
    tcase_add_loop_test(tc, decides_without_a_pin, 0, LENGTH(rows));
    tcase_add_test(tc, leaves_to_its_user_what_is_no_poll);
    tcase_add_loop_test(tc, a_key_is_used_again_only_for_the_same_wish, 0, LENGTH(transactions));
    tcase_add_test(tc, failures_add_up_and_success_forgets_them);
    tcase_add_test(tc, a_refusal_ends_the_transaction);
    tcase_add_loop_test(tc, settles_when_a_failure_has_lost_its_point, 0, LENGTH(settlings));
    tcase_add_loop_test(tc, names_the_state, 0, LENGTH(names));
    tcase_add_loop_test(tc, every_step, 0, LENGTH(steps));
    tcase_add_loop_test(tc, a_user_has_its_pace, 0, LENGTH(paces));
    tcase_add_loop_test(tc, a_sign_in_keeps_a_pause_after_a_failure, 0, LENGTH(signins));
    tcase_add_loop_test(tc, what_was_mended_is_tried_at_once, 0, LENGTH(setups));
    suite_add_tcase(suite, tc);
    return suite;
}
