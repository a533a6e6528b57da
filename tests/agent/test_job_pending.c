/* A request that waits for a person at the CA. */

#include "agent/view.h"
#include "base/json.h"
#include "tests/agent/site.h"
#include "tests/profile/place.h"

#define HOUR 3600
#define DAY  (24 * HOUR)

/* Puts the request off, as the CA will from now on. */
static struct entry_state pend(struct site *s, const char *lines)
{
    autofree char *all = text_format(SITE_BOX "\n%s", lines);
    site_profile(s, "wifi", all);
    site_behave("pending:99");
    site_runs(s, ENGINE_CYCLE);
    struct entry_state state = site_state(s, "wifi");
    ck_assert_int_eq(state.phase, PHASE_PENDING);
    ck_assert_int_le(state.pending, clock_now());
    ck_assert_int_ge(state.pending, clock_now() - 60);
    return state;
}

/* As if it had been asked AGO for the first time, and a minute ago for the last. */
static void wait_since(struct site *s, int64_t ago)
{
    struct entry_state state = site_state(s, "wifi");
    state.pending = clock_now() - ago;
    state.asked = clock_now() - 60;
    state.next_attempt = state.planned = clock_now() - 1;
    site_state_put(s, "wifi", &state);
}

/* What whoever asks gets for it, a minute after the last poll and before the next. */
static const struct {
    enum engine_mode mode;
    bool polls;
} askers[] = {
    {ENGINE_DUE, false},  {ENGINE_ROUTINE, false}, {ENGINE_CYCLE, false},
    {ENGINE_ENROL, true}, {ENGINE_RENEW, true},
};

START_TEST(only_a_person_hurries_a_poll)
{
    SITE(s);
    struct entry_state state = pend(&s, "");
    site_runs(&s, ENGINE_ENROL); /* not twice in a minute */
    ck_assert_uint_eq(site_asked("CertPoll"), 0);
    wait_since(&s, HOUR);
    state = site_state(&s, "wifi");
    state.next_attempt = clock_now() + HOUR;
    site_state_put(&s, "wifi", &state);
    site_runs(&s, askers[_i].mode);
    site_runs(&s, askers[_i].mode == ENGINE_RENEW ? ENGINE_ENROL : askers[_i].mode);
    ck_assert_uint_eq(site_asked("CertPoll pending"), askers[_i].polls);
}
END_TEST

START_TEST(the_profile_sets_the_pace)
{
    SITE(s);
    struct entry_state state = pend(&s, "poll-interval = 2 hours");
    ck_assert_int_ge(state.next_attempt, state.asked + 2 * HOUR - 2 * HOUR / 10);
    ck_assert_int_le(state.next_attempt, state.asked + 2 * HOUR + 2 * HOUR / 10);
    wait_since(&s, 3 * DAY);
    site_runs(&s, ENGINE_DUE);
    ck_assert_uint_eq(site_asked("CertPoll pending"), 1);
    state = site_state(&s, "wifi");
    ck_assert_int_ge(state.next_attempt, state.asked + 2 * HOUR - 2 * HOUR / 10);

    /* Not an edit of what is asked for: the request stays. */
    site_profile(&s, "wifi", SITE_BOX "\npoll-interval = 1 day\npoll-limit = 20 days");
    site_runs(&s, ENGINE_CYCLE);
    ck_assert_str_eq(site_state(&s, "wifi").transaction_id, state.transaction_id);
    ck_assert_uint_eq(site_asked("PKCSReq"), 1);
}
END_TEST

/* The CA at the end of the limit, and whether the request is given up then. */
static const struct {
    const char *lines, *rules;
    int64_t ago;
    bool ends;
    const char *told;
} limits[] = {
    {"", "pending:99", 13 * DAY, false, "not decided"},
    {"", "pending:99", 14 * DAY + HOUR, true, "has not decided in 14 days"},
    {"", "500", 13 * DAY, false, "HTTP 500"},
    {"", "500", 14 * DAY + HOUR, true, "has not decided in 14 days"},
    {"", "500", 14 * DAY + HOUR, true, "HTTP 500"},
    {"", "pki/html", 15 * DAY, true, "has not decided in 15 days"},
    {"", "close", 15 * DAY, true, "has not decided in 15 days"},
    {"", "refuse:3", 15 * DAY, true, "badTime"},
    {"poll-limit = 2 hours", "pending:99", 3 * HOUR, true, "has not decided in 3 hours"},
    {"poll-limit = 60 days", "pending:99", 59 * DAY, false, "not decided"},
};

START_TEST(it_is_given_up_at_its_limit)
{
    SITE(s);
    struct entry_state before = pend(&s, limits[_i].lines);
    autofree char *key = site_read(site_file(&s, "wifi", "pending/key.pem"));
    site_behave(limits[_i].rules);
    wait_since(&s, limits[_i].ago);
    int rc = site_run(&s, "wifi", ENGINE_DUE);
    ck_assert_msg(!limits[_i].ends || strstr(s.err.text, "is given up"), "%d %s", rc, s.err.text);
    struct entry_state state = site_state(&s, "wifi");
    ck_assert_msg(strstr(state.reason, limits[_i].told), "%s", state.reason);
    ck_assert_int_gt(state.next_attempt, clock_now());
    ck_assert_int_eq(state.phase, limits[_i].ends ? PHASE_NONE : PHASE_PENDING);
    ck_assert_str_eq(state.transaction_id, limits[_i].ends ? "" : before.transaction_id);
    if (!limits[_i].ends)
        return;

    /* Then anew, with another key and transaction, at the pace of a failure. */
    unsigned asked = site_asked(" ");
    site_runs(&s, ENGINE_DUE);
    ck_assert_uint_eq(site_asked(" "), asked);
    state.next_attempt = state.planned = 1;
    site_state_put(&s, "wifi", &state);
    site_behave("");
    site_runs(&s, ENGINE_DUE);
    ck_assert_uint_eq(site_asked("PKCSReq issued"), 1);
    site_installed(&s, 1);
    site_usable(&s);
    SITE_GENERATION(g, s, "wifi");
    ck_assert_str_ne(json_text(g.meta, "transaction_id", ""), before.transaction_id);
    ck_assert_str_ne(buf_text(&g.key_pem), key);
}
END_TEST

/* What can happen to profile and server meanwhile. */
START_TEST(an_url_that_is_gone_from_the_profile_is_not_polled)
{
    SITE(s);
    struct entry_state before = pend(&s, "");
    autofree char *text = text_format("[scep wifi]\ntype = device\nroot = root\nkey-size = 1024\n"
                                      "url = %s/pkiclient.exe\n" SITE_BOX "\n",
                                      site_url());
    site_put(&s, "conf.d/wifi.conf", text);
    site_behave("");
    site_runs(&s, ENGINE_CYCLE);
    ck_assert_uint_eq(site_asked("CertPoll"), 0);
    ck_assert_uint_eq(site_asked("PKCSReq issued"), 1);
    site_installed(&s, 1);
    SITE_GENERATION(g, s, "wifi");
    ck_assert_str_ne(json_text(g.meta, "transaction_id", ""), before.transaction_id);
}
END_TEST

START_TEST(an_edit_asks_for_what_is_wanted_now)
{
    SITE(s);
    struct entry_state before = pend(&s, "");
    site_profile(&s, "wifi", "subject = CN=another");
    site_runs(&s, ENGINE_CYCLE);
    struct entry_state state = site_state(&s, "wifi");
    ck_assert_uint_eq(site_asked("PKCSReq pending"), 2);
    ck_assert_uint_eq(site_asked("CertPoll"), 0);
    ck_assert_int_eq(state.phase, PHASE_PENDING);
    ck_assert_str_ne(state.transaction_id, before.transaction_id);
}
END_TEST

START_TEST(another_ca_in_its_place_is_not_asked)
{
    SITE(s);
    struct entry_state before = pend(&s, "");
    site_put(&s, "root.pem", test_ca_pem); /* it is not the one that the root vouches for */
    wait_since(&s, DAY);
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_DUE), -ERR_CONFIG);
    struct entry_state state = site_state(&s, "wifi");
    ck_assert_int_eq(state.phase, PHASE_PENDING);
    ck_assert_str_eq(state.transaction_id, before.transaction_id);
    ck_assert_uint_eq(site_asked("CertPoll"), 0);
    /* It is back. */
    site_ca_root(&s);
    site_behave("");
    wait_since(&s, DAY);
    site_runs(&s, ENGINE_DUE);
    ck_assert_uint_eq(site_asked("CertPoll pending"), 1);
}
END_TEST

/* The usual profile, but for an EC key. */
static void ec_profile(struct site *s)
{
    autofree char *text = text_format("[scep wifi]\ntype = device\nroot = root\nkey-type = ec\n"
                                      "url = %s\n" SITE_BOX "\n",
                                      site_url());
    site_put(s, "conf.d/wifi.conf", text);
}

/* A CA that knows who asked takes the poll, and its answer is for nobody else. */
static const struct {
    bool ec, renews;
    const char *rules;
} signers[] = {
    {false, false, "pending:2\nsame-signer"}, {false, false, "pending:2\nto-first"},
    {true, false, "pending:2\nsame-signer"},  {true, false, "pending:2\nto-first"},
    {false, true, "pending:2\nsame-signer"},  {false, true, "pending:2\nto-first"},
    {true, true, "pending:2\nsame-signer"},   {true, true, "pending:2\nto-first"},
};

START_TEST(who_asked_polls)
{
    SITE(s);
    bool renews = signers[_i].renews;
    if (signers[_i].ec)
        ec_profile(&s);
    else
        site_profile(&s, "wifi", SITE_BOX);
    if (renews)
        site_runs(&s, ENGINE_CYCLE);
    site_behave(signers[_i].rules);
    site_runs(&s, renews ? ENGINE_RENEW : ENGINE_CYCLE);
    ck_assert_int_eq(site_state(&s, "wifi").by_old, renews);
    ck_assert_int_eq(access(site_file(&s, "wifi", "pending/signer.pem"), F_OK) == 0,
                     signers[_i].ec && !renews);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(site_state(&s, "wifi").phase, PHASE_PENDING);
        wait_since(&s, DAY);
        site_runs(&s, ENGINE_DUE);
    }
    ck_assert_uint_eq(site_asked("CertPoll pending"), 1);
    ck_assert_uint_eq(site_asked("CertPoll issued"), 1);
    site_installed(&s, renews ? 2 : 1);
    site_usable(&s);
}
END_TEST

/* Without its own key a poll of a renewal is tried as one of a new request. */
START_TEST(an_old_key_that_is_gone_ends_no_poll)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    site_runs(&s, ENGINE_CYCLE);
    site_behave("pending:1");
    site_runs(&s, ENGINE_RENEW);
    ck_assert(site_state(&s, "wifi").by_old);
    ck_assert_int_eq(unlink(site_file(&s, "wifi", "current/key.pem")), 0);
    wait_since(&s, DAY);
    site_runs(&s, ENGINE_DUE);
    ck_assert_uint_eq(site_asked("CertPoll issued"), 1);
    site_installed(&s, 2);
    site_usable(&s);
}
END_TEST

/* It is worth a try with another. */
START_TEST(a_signers_key_that_is_torn_ends_no_poll)
{
    SITE(s);
    ec_profile(&s);
    site_behave("pending:99");
    site_runs(&s, ENGINE_CYCLE);
    site_overwrite(site_file(&s, "wifi", "pending/signer.pem"), "-----BEGIN PRIV");
    wait_since(&s, DAY);
    site_runs(&s, ENGINE_DUE);
    ck_assert_uint_eq(site_asked("CertPoll pending"), 1);
    ck_assert_int_eq(site_state(&s, "wifi").phase, PHASE_PENDING);
}
END_TEST

Suite *job_pending_suite(void)
{
    Suite *suite = suite_create("agent/job, pending");
    TCase *tc = tcase_create("pending");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_add_loop_test(tc, only_a_person_hurries_a_poll, 0, LENGTH(askers));
    tcase_add_test(tc, the_profile_sets_the_pace);
    tcase_add_loop_test(tc, it_is_given_up_at_its_limit, 0, LENGTH(limits));
    tcase_add_test(tc, an_url_that_is_gone_from_the_profile_is_not_polled);
    tcase_add_test(tc, an_edit_asks_for_what_is_wanted_now);
    tcase_add_test(tc, another_ca_in_its_place_is_not_asked);
    tcase_add_loop_test(tc, who_asked_polls, 0, LENGTH(signers));
    tcase_add_test(tc, an_old_key_that_is_gone_ends_no_poll);
    tcase_add_test(tc, a_signers_key_that_is_torn_ends_no_poll);
    suite_add_tcase(suite, tc);
    return suite;
}
