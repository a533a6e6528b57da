/* What is told of an entry; how a damaged one reads is agent/job's. */
#include "agent/view.h"

#include "tests/agent/site.h"

#define NOW 1700000000

/* State and certificate; then the members of ENTRY, "-" for one that must not be there. */
static const struct {
    enum entry_phase phase;
    unsigned attempts;
    int64_t next_attempt;
    int64_t not_after, renew_at; /* 0: no certificate */
    const char *wish;            /* of the certificate; "w" is wanted */
    const char *reason;
    const char *state, *next_action;
    int64_t next; /* 0: none */
} rows[] = {
    {PHASE_NONE, 0, 0, 0, 0, "", "", "requesting", "request", NOW},
    {PHASE_REQUESTING, 0, 0, 0, 0, "", "", "requesting", "request", NOW},
    {PHASE_REQUESTING, 2, NOW + 60, 0, 0, "", "no answer", "error", "retry", NOW + 60},
    {PHASE_NONE, 1, NOW - 60, 0, 0, "", "badRequest", "error", "retry", NOW},
    {PHASE_PENDING, 0, NOW + 60, 0, 0, "", "not decided", "pending", "poll", NOW + 60},
    {PHASE_PENDING, 3, NOW + 60, 0, 0, "", "no answer", "pending", "poll", NOW + 60},
    {PHASE_INSTALLED, 0, 0, NOW + 100, NOW + 50, "w", "", "installed", "renew", NOW + 50},
    {PHASE_INSTALLED, 0, 0, NOW + 100, NOW - 50, "w", "", "installed", "renew", NOW},
    {PHASE_INSTALLED, 0, 0, NOW + 100, NOW + 50, "v", "", "renewing", "request", NOW},
    {PHASE_INSTALLED, 0, 0, NOW + 100, NOW + 50, "v", "state.json was damaged", "renewing",
     "request", NOW},
    {PHASE_INSTALLED, 2, NOW + 9, NOW + 100, NOW + 50, "v", "HTTP 500", "renewing", "retry",
     NOW + 9},
    {PHASE_REQUESTING, 0, 0, NOW + 100, NOW - 50, "w", "", "renewing", "renew", NOW},
    {PHASE_REQUESTING, 4, NOW + 9, NOW + 100, NOW - 50, "w", "HTTP 500", "renewing", "retry",
     NOW + 9},
    {PHASE_PENDING, 0, NOW + 9, NOW + 100, NOW - 50, "w", "not decided", "pending", "poll",
     NOW + 9},
    {PHASE_INSTALLED, 0, 0, NOW, NOW - 50, "w", "", "expired", "request", NOW},
    {PHASE_INSTALLED, 0, 0, NOW, NOW - 50, "v", "", "expired", "request", NOW},
};

static struct view view_of(int i)
{
    struct view view = {
        .engine = {.state = {.phase = rows[i].phase,
                             .attempts = rows[i].attempts,
                             .next_attempt = rows[i].next_attempt,
                             .since = NOW - 7,
                             .wish = "w",
                             .transaction_id = "7f"},
                   .has_certificate = rows[i].not_after != 0,
                   .not_after = rows[i].not_after,
                   .renew_at = rows[i].renew_at,
                   .wanted = "w"},
        .generation = rows[i].not_after ? 3 : 0,
    };
    strcpy(view.engine.wish, rows[i].wish);
    strcpy(view.engine.state.reason, rows[i].reason);
    if (view.generation)
        view.meta = json_pack("{s:s s:s s:s s:i}", "subject", "CN=x", "wish", rows[i].wish,
                              "transaction_id", "6e", "key_ms", 5);
    return view;
}

static const struct entry_id mail = {.owner = {.uid = 1000}, .profile = "mail"};

START_TEST(tells_state_and_what_comes_next)
{
    CLEANUP(view_free) struct view view = view_of(_i);
    autojson *list = json_array();
    struct profile profile = {.name = "mail", .description = (char[]){"Mail"}};
    struct err err;
    ck_assert_int_eq(view_report(&view, &mail, "alice", &profile, NOW, list, &err), 0);
    const json_t *entry = json_array_get(list, 0);
    ck_assert_str_eq(json_text(entry, "profile", "-"), "mail");
    ck_assert_str_eq(json_text(entry, "description", "-"), "Mail");
    ck_assert_str_eq(json_text(entry, "owner", "-"), "alice");
    ck_assert_int_eq(json_number(entry, "uid", 0), 1000);
    ck_assert_str_eq(json_text(entry, "state", "-"), rows[_i].state);
    bool expired = strcmp(rows[_i].state, "expired") == 0;
    bool news = strcmp(rows[_i].wish, "v") == 0 && rows[_i].attempts == 0; /* nobody knows when */
    ck_assert_int_eq(json_number(entry, "since", 0), expired ? rows[_i].not_after
                                                     : news  ? 0
                                                             : NOW - 7);
    ck_assert_str_eq(json_text(entry, "next_action", "-"), rows[_i].next_action);
    ck_assert_int_eq(json_number(entry, "next", 0), rows[_i].next);
    const char *told = news && !expired && !*rows[_i].reason
                           ? "the profile was edited, or a variable has another value: a new "
                             "certificate is due"
                           : rows[_i].reason;
    ck_assert_str_eq(json_text(entry, "reason", ""), told);
    ck_assert_int_eq(json_object_get(entry, "reason") != NULL, *told != 0);
    ck_assert_str_eq(json_text(entry, "token", "-"), "signet user");
    ck_assert_str_eq(json_text(entry, "token_serial", "-"), "1000");
    ck_assert_uint_eq(strlen(json_text(entry, "id", "")), 40);
    ck_assert_ptr_null(json_object_get(entry, "wish"));
    ck_assert_int_eq(json_number(entry, "generation", 0), view.generation);
    ck_assert_str_eq(json_text(entry, "subject", "-"), view.generation ? "CN=x" : "-");
    ck_assert_str_eq(json_text(entry, "transaction_id", "-"), view.generation ? "6e" : "7f");
    if (view.generation) /* what is shown was a copy */
        ck_assert_ptr_nonnull(json_object_get(view.meta, "wish"));
}
END_TEST

/* Since when and until when a request waits, of what is still wanted. */
static const struct {
    enum entry_phase phase;
    const char *wish;
    int64_t pending, limit, since, until; /* 0: not told */
} waits[] = {
    {PHASE_PENDING, "w", NOW - 50, 3600, NOW - 50, NOW + 3550},
    {PHASE_PENDING, "w", NOW - 50, 40, NOW - 50, NOW - 10},
    {PHASE_PENDING, "w", NOW - 50, 0, NOW - 50, 0},
    {PHASE_PENDING, "w", 0, 3600, 0, 0}, /* by a version that did not write it down */
    {PHASE_PENDING, "v", NOW - 50, 3600, 0, 0},
    {PHASE_REQUESTING, "w", NOW - 50, 3600, 0, 0},
    {PHASE_INSTALLED, "w", NOW - 50, 3600, 0, 0},
};

START_TEST(tells_how_long_it_may_be_pending)
{
    struct view view = {
        .engine = {.state = {.phase = waits[_i].phase, .pending = waits[_i].pending},
                   .wanted = "w"}};
    strcpy(view.engine.state.wish, waits[_i].wish);
    struct profile profile = {
        .name = "mail", .description = (char[]){""}, .scep = {.poll_limit = waits[_i].limit}};
    autojson *list = json_array();
    struct err err;
    ck_assert_int_eq(view_report(&view, &mail, "alice", &profile, NOW, list, &err), 0);
    const json_t *entry = json_array_get(list, 0);
    ck_assert_int_eq(json_number(entry, "pending_since", 0), waits[_i].since);
    ck_assert_int_eq(json_number(entry, "pending_until", 0), waits[_i].until);
}
END_TEST

START_TEST(without_a_profile_nothing_comes_next)
{
    CLEANUP(view_free) struct view view = view_of(_i);
    autojson *list = json_array();
    const struct entry_id id = {.owner = {.device = true}, .profile = "mail"};
    struct err err;
    ck_assert_int_eq(view_report(&view, &id, NULL, NULL, NOW, list, &err), 0);
    const json_t *entry = json_array_get(list, 0);
    ck_assert_str_eq(json_text(entry, "state", "-"), "not-applicable");
    ck_assert_str_eq(json_text(entry, "owner", "-"), "device");
    ck_assert_ptr_null(json_object_get(entry, "uid"));
    ck_assert_ptr_null(json_object_get(entry, "next"));
    ck_assert_ptr_null(json_object_get(entry, "next_action"));
    ck_assert_str_eq(json_text(entry, "token", "-"), "signet device");
}
END_TEST

/* A variable has lost its value: what there is works on, and says for how long. */
static const struct {
    int64_t not_after; /* 0: no certificate */
    int64_t next_attempt;
    const char *state, *reason;
    int64_t next;
} unmet[] = {
    {0, NOW + 60, "not-applicable", "{{IMEI}}: no value", NOW + 60},
    {0, 0, "not-applicable", "{{IMEI}}: no value", NOW},
    {NOW + 100, NOW + 60, "installed",
     "{{IMEI}}: no value; the certificate works on, and is not renewed until that is mended",
     NOW + 60},
    {NOW + 100, 0, "installed",
     "{{IMEI}}: no value; the certificate works on, and is not renewed until that is mended", NOW},
    {NOW - 100, NOW + 60, "expired", "{{IMEI}}: no value", NOW + 60},
};

START_TEST(without_a_value_the_certificate_stays)
{
    CLEANUP(view_free)
    struct view view = {
        .engine = {.state = {.phase = unmet[_i].not_after ? PHASE_INSTALLED : PHASE_NONE,
                             .wait = WAIT_VALUE,
                             .attempts = unmet[_i].next_attempt != 0,
                             .next_attempt = unmet[_i].next_attempt,
                             .reason = "{{IMEI}}: no value"},
                   .has_certificate = unmet[_i].not_after != 0,
                   .not_after = unmet[_i].not_after,
                   .renew_at = unmet[_i].not_after - 10,
                   .wish = "w"}};
    autojson *list = json_array();
    struct profile profile = {.name = "mail", .description = (char[]){""}};
    struct err err;
    ck_assert_int_eq(view_report(&view, &mail, "alice", &profile, NOW, list, &err), 0);
    const json_t *entry = json_array_get(list, 0);
    ck_assert_str_eq(json_text(entry, "state", "-"), unmet[_i].state);
    ck_assert_str_eq(json_text(entry, "reason", "-"), unmet[_i].reason);
    ck_assert_str_eq(json_text(entry, "next_action", "-"), "retry");
    ck_assert_int_eq(json_number(entry, "next", 0), unmet[_i].next);
}
END_TEST

/* Each certificate has its own moment, the same at every look. */
START_TEST(renewal_is_spread_and_does_not_wander)
{
    SITE(s);
    int64_t first = 0;
    bool differ = false;
    for (int i = 0; i < 8; i++) {
        autofree char *name = text_format("p%d", i);
        site_profile(&s, name, SITE_BOX);
        site_ok(s, site_run(&s, name, ENGINE_CYCLE));
        int64_t next = s.next;
        site_ok(s, site_run(&s, name, ENGINE_CYCLE));
        ck_assert_int_eq(s.next, next);
        if (i == 0)
            first = next;
        differ = differ || next > first + 60 || next < first - 60;
    }
    ck_assert(differ);
}
END_TEST

Suite *view_suite(void)
{
    Suite *suite = suite_create("agent/view");
    TCase *tc = tcase_create("view");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_add_loop_test(tc, tells_state_and_what_comes_next, 0, LENGTH(rows));
    tcase_add_loop_test(tc, tells_how_long_it_may_be_pending, 0, LENGTH(waits));
    tcase_add_loop_test(tc, without_a_profile_nothing_comes_next, 0, LENGTH(rows));
    tcase_add_loop_test(tc, without_a_value_the_certificate_stays, 0, LENGTH(unmet));
    tcase_add_test(tc, renewal_is_spread_and_does_not_wander);
    suite_add_tcase(suite, tc);
    return suite;
}
