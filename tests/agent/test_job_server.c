/* A job whose server, or the way to it, is no good. */

#include "base/json.h"
#include "store/key.h"
#include "tests/agent/site.h"
#include "tests/profile/place.h"

#include <sys/stat.h>

static const struct {
    const char *rules;
    enum err_class class;
    const char *text;
    bool same; /* is the next try the same transaction? */
} servers[] = {
    {"html", ERR_RETRY, "text/html", true},
    {"pki/html", ERR_RETRY, "text/html", true},
    {"cacert/404", ERR_CONFIG, "HTTP 404", true},
    {"500", ERR_RETRY, "HTTP 500", true},
    {"pki/500", ERR_RETRY, "HTTP 500", true},
    {"pki/404", ERR_CONFIG, "HTTP 404", true},
    {"pki/empty", ERR_RETRY, "empty body", true},
    {"pki/garbage", ERR_RETRY, "not a SCEP answer", true},
    {"pki/close", ERR_RETRY, "without an answer", true},
    {"close", ERR_RETRY, "without an answer", true},
    {"cacert/cut-off", ERR_RETRY, "", true},
    {"pki/cut-off", ERR_RETRY, "", true},
    {"other-key", ERR_CONFIG, "another key", false},
    {"other-ca", ERR_CONFIG, "does not vouch", false},
    {"expired", ERR_CONFIG, "expired", false},
    {"wrong-nonce", ERR_RETRY, "", true},
    {"wrong-signer", ERR_CONFIG, "signed by neither", true},
    {"401", ERR_DENIED, "HTTP 401", true},
    {"pki/401", ERR_DENIED, "HTTP 401", true},
    {"pki/403", ERR_DENIED, "HTTP 403", true},
    {"refuse:0", ERR_CONFIG, "badAlg", true},
    {"refuse:2", ERR_DENIED, "badRequest", false},
    {"refuse:9", ERR_DENIED, "HRESULT", false},
};

START_TEST(a_bad_server_costs_nothing)
{
    SITE(s);
    site_enrolled(&s);
    SITE_GENERATION(before, s, "wifi");
    site_behave(servers[_i].rules);

    int64_t now = clock_now();
    int rc = site_run(&s, "wifi", ENGINE_RENEW);
    ck_assert_msg(rc == -(int)servers[_i].class, "%d %s", rc, s.err.text);
    ck_assert_msg(strstr(s.err.text, site_url()), "%s", s.err.text);
    ck_assert_msg(strstr(s.err.text, servers[_i].text), "%s", s.err.text);

    struct entry_state state = site_state(&s, "wifi");
    ck_assert_ptr_nonnull(strstr(s.err.text, state.reason));
    ck_assert_uint_eq(state.attempts, 1);
    ck_assert_int_ge(state.next_attempt, now + 30);
    ck_assert_int_le(state.next_attempt, clock_now() + 60);
    ck_assert_int_ge(s.next, state.next_attempt);
    ck_assert_str_eq(state.transaction_id[0] ? "same" : "another",
                     servers[_i].same ? "same" : "another");

    SITE_GENERATION(after, s, "wifi");
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
    ck_assert(buf_equal(&before.cert_pem, &after.cert_pem));
    ck_assert(buf_equal(&before.key_pem, &after.key_pem));

    unsigned asked = site_asked(" ");
    site_runs(&s, ENGINE_DUE);
    ck_assert_uint_eq(site_asked(" "), asked);
    ck_assert_int_lt(site_run(&s, "wifi", ENGINE_RENEW), 0);
    ck_assert_uint_eq(site_state(&s, "wifi").attempts, 2);

    site_behave("");
    site_runs(&s, ENGINE_RENEW);
    site_installed(&s, 2);
    SITE_GENERATION(now_has, s, "wifi");
    if (servers[_i].same)
        ck_assert_str_eq(json_text(now_has.meta, "transaction_id", ""), state.transaction_id);
}
END_TEST

START_TEST(a_refused_challenge_is_another_transaction)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    site_behave("refuse-challenge");
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_CYCLE), -ERR_DENIED);
    ck_assert_msg(strstr(s.err.text, "badMessageCheck"), "%s", s.err.text);
    ck_assert_uint_eq(site_state(&s, "wifi").attempts, 1);
    ck_assert_str_eq(site_state(&s, "wifi").transaction_id, "");
    ck_assert_uint_eq(site_current(&s, "wifi"), 0);
    site_behave("");
    site_runs(&s, ENGINE_CYCLE);
    site_installed(&s, 1);
}
END_TEST

/* The first two: nobody listens there. */
static void asks_at(struct site *s, const char *url, const char *another)
{
    autofree char *text =
        text_format("[scep wifi]\ntype = device\nroot = root\nkey-size = 1024\n" SITE_BOX
                    "\nurl = http://127.0.0.1:1/one\nurl = %s\n%s%s\n",
                    url, another ? "url = " : "", another ? another : "");
    site_put(s, "conf.d/wifi.conf", text);
}

START_TEST(an_url_that_refuses_is_passed_over)
{
    SITE(s);
    asks_at(&s, "http://127.0.0.1:1/two", NULL);
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_CYCLE), -ERR_RETRY);
    ck_assert_msg(strstr(s.err.text, "http://127.0.0.1:1/one: "), "%s", s.err.text);
    ck_assert_msg(strstr(s.err.text, "http://127.0.0.1:1/two: "), "%s", s.err.text);
    ck_assert_ptr_nonnull(strstr(site_state(&s, "wifi").reason, "127.0.0.1"));

    asks_at(&s, "http://127.0.0.1:1/two", site_url());
    site_runs(&s, ENGINE_CYCLE);
    site_installed(&s, 1);
    SITE_GENERATION(g, s, "wifi");
    ck_assert_str_eq(json_text(g.meta, "url", ""), site_url());
}
END_TEST

START_TEST(pending_is_polled_at_its_pace_until_issued)
{
    SITE(s);
    struct site_outcome *outcome = site_outcomes();
    site_profile(&s, "wifi", SITE_BOX);
    site_behave("pending:2");
    ck_assert_int_eq(site_wait(site_start(&s, ENGINE_CYCLE, NULL, outcome)), 0);
    ck_assert_msg(outcome->rc == 0, "%s", outcome->err.text);
    struct entry_state state = site_state(&s, "wifi");
    ck_assert_int_eq(state.phase, PHASE_PENDING);
    ck_assert_str_eq(state.url, site_url());
    ck_assert_str_ne(state.reason, "");
    ck_assert_uint_eq(state.attempts, 0);
    ck_assert_int_gt(state.next_attempt, clock_now());

    site_runs(&s, ENGINE_CYCLE);
    ck_assert_int_eq(s.next, state.next_attempt);
    ck_assert_uint_eq(site_asked("CertPoll"), 0);

    state.next_attempt = 1;
    site_state_put(&s, "wifi", &state);
    ck_assert_int_eq(site_wait(site_start(&s, ENGINE_DUE, NULL, outcome)), 0);
    ck_assert_msg(outcome->rc == 0, "%s", outcome->err.text);
    ck_assert_uint_eq(site_asked("CertPoll pending"), 1);
    ck_assert_int_eq(site_state(&s, "wifi").phase, PHASE_PENDING);

    /* A server that is down for a while does not make it ask anew. */
    site_behave("500");
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_RENEW), -ERR_RETRY);
    ck_assert_int_eq(site_state(&s, "wifi").phase, PHASE_PENDING);
    site_behave("");
    site_runs(&s, ENGINE_RENEW);
    ck_assert_uint_eq(site_asked("CertPoll issued"), 1);
    ck_assert_uint_eq(site_asked("PKCSReq"), 1);
    site_installed(&s, 1);
    site_usable(&s);
    SITE_GENERATION(g, s, "wifi");
    ck_assert_str_eq(json_text(g.meta, "transaction_id", ""), state.transaction_id);
}
END_TEST

/* Whatever stands before the CA says; and what the CA itself says. */
static const struct {
    const char *rules;
    enum err_class class;
    bool ends;
} polls[] = {
    {"401", ERR_DENIED, false},        {"pki/401", ERR_DENIED, false},
    {"pki/403", ERR_DENIED, false},    {"pki/404", ERR_CONFIG, false},
    {"pki/500", ERR_RETRY, false},     {"pki/html", ERR_RETRY, false},
    {"pki/close", ERR_RETRY, false},   {"close", ERR_RETRY, false},
    {"wrong-nonce", ERR_RETRY, false}, {"wrong-signer", ERR_CONFIG, false},
    {"refuse:3", ERR_RETRY, false},    {"refuse:2", ERR_DENIED, true},
    {"refuse:4", ERR_DENIED, true},
};

START_TEST(only_the_ca_ends_what_is_pending)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    site_behave("pending:2");
    site_runs(&s, ENGINE_CYCLE);
    struct entry_state before = site_state(&s, "wifi");
    site_behave(polls[_i].rules);
    int rc = site_run(&s, "wifi", ENGINE_RENEW);
    ck_assert_msg(rc == -(int)polls[_i].class, "%d %s", rc, s.err.text);
    struct entry_state after = site_state(&s, "wifi");
    ck_assert_int_eq(after.phase, polls[_i].ends ? PHASE_NONE : PHASE_PENDING);
    ck_assert_str_eq(after.transaction_id, polls[_i].ends ? "" : before.transaction_id);
    ck_assert_uint_eq(after.attempts, 1);
    ck_assert_int_gt(after.next_attempt, clock_now());
    if (!polls[_i].ends)
        ck_assert_int_eq(after.since, before.since);

    site_behave("");
    site_runs(&s, ENGINE_RENEW);
    if (site_state(&s, "wifi").phase == PHASE_PENDING)
        site_runs(&s, ENGINE_RENEW);
    site_installed(&s, 1);
    ck_assert_uint_eq(site_asked("PKCSReq issued"), polls[_i].ends);
}
END_TEST

/* A poll needs no challenge: a fault in its file must not lose what waits for the CA's clerk. */
START_TEST(pending_outlives_a_challenge)
{
    SITE(s);
    autofree char *path = site_challenge(&s);
    site_profile(&s, "wifi", SITE_BOX "\nchallenge = file:challenge");
    site_behave("pending:1");
    site_runs(&s, ENGINE_CYCLE);
    struct entry_state state = site_state(&s, "wifi");
    ck_assert_int_eq(state.phase, PHASE_PENDING);

    ck_assert_int_eq(chmod(path, 0644), 0);
    site_runs(&s, ENGINE_RENEW);
    site_installed(&s, 1);
    SITE_GENERATION(g, s, "wifi");
    ck_assert_str_eq(json_text(g.meta, "transaction_id", ""), state.transaction_id);
}
END_TEST

/* Nor does a renewal, unless the server wants one. */
START_TEST(a_renewal_outlives_a_challenge)
{
    SITE(s);
    autofree char *path = site_challenge(&s);
    site_profile(&s, "wifi", SITE_BOX "\nchallenge = file:challenge");
    site_runs(&s, ENGINE_CYCLE);

    ck_assert_int_eq(chmod(path, 0644), 0);
    site_runs(&s, ENGINE_RENEW);
    site_installed(&s, 2);
    ck_assert_uint_eq(site_asked("RenewalReq issued"), 1);

    site_behave("refuse-renewal");
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_RENEW), -ERR_DENIED);
    ck_assert_msg(strstr(s.err.text, path), "%s", s.err.text);
    ck_assert_uint_eq(site_current(&s, "wifi"), 2);
}
END_TEST

/* What we may not do ourselves is no refusal by the CA: the same transaction goes on. */
START_TEST(our_own_denial_ends_no_transaction)
{
    SITE(s);
    autofree char *path = site_challenge(&s);
    site_profile(&s, "wifi", SITE_BOX "\nchallenge = file:challenge");
    site_behave("pki/500");
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_CYCLE), -ERR_RETRY);
    struct entry_state state = site_state(&s, "wifi");

    site_behave("");
    ck_assert_int_eq(chmod(path, 0644), 0);
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_CYCLE), -ERR_DENIED);
    ck_assert_msg(strstr(s.err.text, path), "%s", s.err.text);
    ck_assert_int_eq(site_state(&s, "wifi").phase, PHASE_REQUESTING);
    ck_assert_str_eq(site_state(&s, "wifi").transaction_id, state.transaction_id);
    ck_assert_uint_eq(site_state(&s, "wifi").attempts, 1); /* the first since that file changed */

    ck_assert_int_eq(chmod(path, 0600), 0);
    site_runs(&s, ENGINE_CYCLE);
    site_installed(&s, 1);
    SITE_GENERATION(g, s, "wifi");
    ck_assert_str_eq(json_text(g.meta, "transaction_id", ""), state.transaction_id);
}
END_TEST

START_TEST(a_refused_poll_asks_anew)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    site_behave("pending:1");
    site_runs(&s, ENGINE_CYCLE);
    struct entry_state state = site_state(&s, "wifi");
    /* The CA knows nothing of this transaction. */
    memset(state.transaction_id, 'a', 64);
    site_state_put(&s, "wifi", &state);
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    autobuf pem = {0};
    site_ok(s, key_generate(true, 256, &key, &s.err));
    site_ok(s, key_to_pem(key, &pem, &s.err));
    site_overwrite(site_file(&s, "wifi", "pending/key.pem"), buf_text(&pem));

    /* Killed between a new key and the word of it: nobody was asked with that key yet. */
    site_behave("");
    site_runs(&s, ENGINE_RENEW);
    ck_assert_uint_eq(site_asked("CertPoll"), 0);
    site_installed(&s, 1);
    site_usable(&s);
}
END_TEST

START_TEST(a_lost_pending_key_makes_a_new_one)
{
    static const char *const left[] = {NULL, "",
                                       "-----BEGIN PRIVATE KEY-----\nAAAA\n"
                                       "-----END PRIVATE KEY-----\n"};
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    site_behave("pending:1");
    site_runs(&s, ENGINE_CYCLE);
    const char *path = site_file(&s, "wifi", "pending/key.pem");
    if (left[_i])
        site_overwrite(path, left[_i]);
    else
        ck_assert_int_eq(unlink(path), 0);
    site_behave("");
    site_runs(&s, ENGINE_RENEW);
    ck_assert_uint_eq(site_asked("PKCSReq issued"), 1);
    site_installed(&s, 1);
    site_usable(&s);
}
END_TEST

START_TEST(another_root_is_not_believed)
{
    SITE(s);
    site_enrolled(&s);
    autofree char *path = text_format("%s/root.pem", s.conf);
    autofree char *root = site_read(path);
    site_put(&s, "root.pem", test_ca_pem);

    site_runs(&s, ENGINE_CYCLE); /* what is there is not asked for again */
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_RENEW), -ERR_CONFIG);
    ck_assert_msg(strstr(s.err.text, site_url()), "%s", s.err.text);
    ck_assert_uint_eq(site_asked("PKIOperation"), 1);
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);

    site_put(&s, "root.pem", root);
    site_runs(&s, ENGINE_CYCLE);
    site_installed(&s, 2);
}
END_TEST

Suite *job_server_suite(void)
{
    Suite *suite = suite_create("agent/job, servers");
    TCase *tc = tcase_create("server");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_add_loop_test(tc, a_bad_server_costs_nothing, 0, LENGTH(servers));
    tcase_add_test(tc, a_refused_challenge_is_another_transaction);
    tcase_add_test(tc, an_url_that_refuses_is_passed_over);
    tcase_add_test(tc, pending_is_polled_at_its_pace_until_issued);
    tcase_add_loop_test(tc, only_the_ca_ends_what_is_pending, 0, LENGTH(polls));
    tcase_add_test(tc, pending_outlives_a_challenge);
    tcase_add_test(tc, a_renewal_outlives_a_challenge);
    tcase_add_test(tc, our_own_denial_ends_no_transaction);
    tcase_add_test(tc, a_refused_poll_asks_anew);
    tcase_add_loop_test(tc, a_lost_pending_key_makes_a_new_one, 0, 3);
    tcase_add_test(tc, another_root_is_not_believed);
    suite_add_tcase(suite, tc);
    return suite;
}
