/* A certificate that grows old: when it is renewed, how, and what is left when that fails. */

#include "agent/schedule.h"
#include "agent/view.h"
#include "base/json.h"
#include "tests/agent/site.h"

#define DAY 86400

/* Makes the current generation's papers say so; the certificate itself is fresh. Seconds from now,
 * for the end; the beginning and the day when it came are a year before. */
static void age(struct site *s, int64_t left)
{
    SITE_GENERATION(g, *s, "wifi");
    autofree char *file = text_format("generations/%u/meta.json", g.number);
    autobuf text = {0};
    int64_t end = clock_now() + left;
    json_object_set_new(g.meta, "not_before", json_integer(end - 365 * DAY));
    json_object_set_new(g.meta, "obtained", json_integer(end - 365 * DAY));
    json_object_set_new(g.meta, "not_after", json_integer(end));
    site_ok(*s, json_print(g.meta, &text, &s->err));
    site_overwrite(site_file(s, "wifi", file), buf_text(&text));
}

/* Renewal has just come due. */
static void make_due(struct site *s)
{
    SITE_GENERATION(g, *s, "wifi");
    uint64_t share = (uint64_t)json_number(g.meta, "share", -1);
    age(s, 365 * DAY - schedule_renewal(0, 365 * DAY, 20, share) - 1);
}

START_TEST(what_is_due_is_renewed_and_keeps_its_share)
{
    SITE(s);
    site_enrolled(&s);
    site_runs(&s, ENGINE_DUE);
    ck_assert_uint_eq(site_asked("PKIOperation"), 1);
    SITE_GENERATION(first, s, "wifi");
    make_due(&s);
    site_runs(&s, ENGINE_DUE);
    site_installed(&s, 2);
    site_usable(&s);
    ck_assert_uint_eq(site_asked("RenewalReq issued"), 1);
    SITE_GENERATION(second, s, "wifi");
    ck_assert_int_ge(json_number(first.meta, "share", -1), 0);
    ck_assert_int_eq(json_number(second.meta, "share", -1), json_number(first.meta, "share", -2));
    ck_assert_int_ge(json_number(second.meta, "obtained", 0), clock_now() - 60);
    ck_assert(!buf_equal(&first.key_pem, &second.key_pem));
    site_runs(&s, ENGINE_DUE);
    ck_assert_uint_eq(site_asked("PKIOperation"), 2);
}
END_TEST

/* In which ways it is asked for, and with what success. */
static const struct {
    const char *rules;
    const char *log[2]; /* what the CA did, besides the first certificate */
    int rc;
    const char *text;
} ways[] = {
    {"", {"RenewalReq issued"}, 0, NULL},
    {"no-renewal", {"PKCSReq issued"}, 0, NULL},
    {"refuse-renewal", {"RenewalReq refused", "PKCSReq issued"}, 0, NULL},
    {"old-certificate",
     {"RenewalReq issued", "PKCSReq issued"},
     -ERR_CONFIG,
     "the old certificate"},
    {"other-key", {"RenewalReq issued", "PKCSReq issued"}, -ERR_CONFIG, "another key"},
    {"refuse:2", {"RenewalReq refused", "PKCSReq refused"}, -ERR_DENIED, "badRequest"},
    {"refuse:2 no-renewal", {"PKCSReq refused"}, -ERR_DENIED, "badRequest"},
    {"refuse:9", {"RenewalReq refused", "PKCSReq refused"}, -ERR_DENIED, "HRESULT"},
};

static void says_until_when(const char *text)
{
    ck_assert_msg(strstr(text, "; the certificate that is there is good until 20"), "%s", text);
    ck_assert_str_eq(text + strlen(text) - 4, " UTC");
}

START_TEST(each_way_of_asking)
{
    SITE(s);
    site_enrolled(&s);
    SITE_GENERATION(before, s, "wifi");
    make_due(&s);
    site_behave(ways[_i].rules);
    int rc = site_run(&s, "wifi", ENGINE_DUE);
    ck_assert_msg(rc == ways[_i].rc, "%d %s", rc, s.err.text);
    for (int i = 0; i < 2 && ways[_i].log[i]; i++)
        ck_assert_msg(site_asked(ways[_i].log[i]) >= 1, "%s", ways[_i].log[i]);
    if (rc == 0) {
        site_installed(&s, 2);
        site_usable(&s);
        return;
    }
    /* The working one is kept, and told of. */
    ck_assert_msg(strstr(s.err.text, ways[_i].text), "%s", s.err.text);
    struct entry_state state = site_state(&s, "wifi");
    says_until_when(state.reason);
    ck_assert_ptr_nonnull(strstr(state.reason, ways[_i].text));
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
    SITE_GENERATION(after, s, "wifi");
    ck_assert(buf_equal(&before.cert_pem, &after.cert_pem));
    ck_assert(buf_equal(&before.key_pem, &after.key_pem));
    site_usable(&s);
}
END_TEST

/* On the back-off, and with each cycle that somebody wants. */
START_TEST(a_refused_renewal_goes_on)
{
    SITE(s);
    site_enrolled(&s);
    make_due(&s);
    site_behave("refuse:2");
    for (unsigned n = 1; n <= 3; n++) {
        ck_assert_int_eq(site_run(&s, "wifi", ENGINE_CYCLE), -ERR_DENIED);
        struct entry_state state = site_state(&s, "wifi");
        ck_assert_uint_eq(state.attempts, n);
        says_until_when(state.reason);
        unsigned asked = site_asked(" ");
        site_runs(&s, ENGINE_DUE);
        site_runs(&s, ENGINE_ROUTINE); /* a boot, a sign-in: the certificate works */
        ck_assert_uint_eq(site_asked(" "), asked);
        ck_assert_int_eq(s.next, state.next_attempt);
    }
    struct entry_state state = site_state(&s, "wifi");
    state.next_attempt = state.planned = clock_now() - 1;
    site_state_put(&s, "wifi", &state);
    site_behave("");
    site_runs(&s, ENGINE_DUE);
    site_installed(&s, 2);
}
END_TEST

START_TEST(expired_while_it_was_renewed)
{
    SITE(s);
    site_enrolled(&s);
    make_due(&s);
    site_behave("pki/500");
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_DUE), -ERR_RETRY);
    struct entry_state state = site_state(&s, "wifi");
    autofree char *key = site_read(site_file(&s, "wifi", "pending/key.pem"));

    age(&s, -1);
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_CYCLE), -ERR_RETRY);
    ck_assert_ptr_null(strstr(s.err.text, "is good until"));
    site_behave("");
    site_runs(&s, ENGINE_ROUTINE); /* nothing works: no waiting */
    site_installed(&s, 2);
    ck_assert_uint_eq(site_asked("RenewalReq issued"), 0);
    ck_assert_uint_eq(site_asked("PKCSReq issued"), 2);
    SITE_GENERATION(g, s, "wifi");
    ck_assert_str_eq(json_text(g.meta, "transaction_id", ""), state.transaction_id);
    ck_assert_str_eq(buf_text(&g.key_pem), key);
}
END_TEST

/* A machine that was off for a week is one of many. */
START_TEST(what_is_overdue_gets_its_moment)
{
    SITE(s);
    site_enrolled(&s);
    age(&s, 5 * DAY);
    static const enum engine_mode modes[] = {ENGINE_DUE, ENGINE_ROUTINE, ENGINE_DUE};
    int64_t moment = 0;
    for (size_t i = 0; i < LENGTH(modes); i++) {
        site_runs(&s, modes[i]);
        struct entry_state state = site_state(&s, "wifi");
        ck_assert_int_eq(state.wait, WAIT_LATE);
        ck_assert_int_eq(state.phase, PHASE_INSTALLED);
        ck_assert_int_le(state.next_attempt, clock_now() + 8 * 3600);
        ck_assert(moment == 0 || state.next_attempt == moment);
        moment = state.next_attempt;
        ck_assert(s.next == moment || moment <= clock_now());
    }
    ck_assert_uint_eq(site_asked("PKIOperation"), 1);

    struct entry_state state = site_state(&s, "wifi");
    state.next_attempt = state.planned = clock_now() - 3 * DAY; /* asleep when it came */
    site_state_put(&s, "wifi", &state);
    site_runs(&s, ENGINE_ROUTINE);
    site_installed(&s, 2);
    ck_assert_int_eq(site_state(&s, "wifi").wait, WAIT_NOTHING);
}
END_TEST

START_TEST(who_waits_has_it_at_once)
{
    static const enum engine_mode modes[] = {ENGINE_CYCLE, ENGINE_ENROL};
    SITE(s);
    site_enrolled(&s);
    age(&s, 5 * DAY);
    site_runs(&s, ENGINE_ROUTINE);
    site_runs(&s, modes[_i]);
    site_installed(&s, 2);
}
END_TEST

/* A certificate of seconds, due when it comes. */
START_TEST(short_lives_make_no_loop)
{
    static const char *const rules[] = {"short:120", "short:3"};
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX "\nrenewal-threshold = 99");
    site_behave(rules[_i]);
    for (int i = 0; i < 5; i++) {
        int64_t now = clock_now();
        site_runs(&s, i % 2 ? ENGINE_DUE : ENGINE_CYCLE);
        ck_assert_int_ge(s.next, now + 30);
        ck_assert_uint_eq(site_current(&s, "wifi"), 1);
    }
    ck_assert_uint_eq(site_asked("issued"), 1);
}
END_TEST

Suite *job_renewal_suite(void)
{
    Suite *suite = suite_create("agent/job, renewal");
    TCase *tc = tcase_create("renewal");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_add_test(tc, what_is_due_is_renewed_and_keeps_its_share);
    tcase_add_loop_test(tc, each_way_of_asking, 0, LENGTH(ways));
    tcase_add_test(tc, a_refused_renewal_goes_on);
    tcase_add_test(tc, expired_while_it_was_renewed);
    tcase_add_test(tc, what_is_overdue_gets_its_moment);
    tcase_add_loop_test(tc, who_waits_has_it_at_once, 0, 2);
    tcase_add_loop_test(tc, short_lives_make_no_loop, 0, 2);
    suite_add_tcase(suite, tc);
    return suite;
}
