/* A job in an ordinary life: enrolment, renewal, edits of the profile. */
#include "agent/job.h"

#include "agent/removal.h"
#include "base/json.h"
#include "tests/agent/site.h"

START_TEST(enrols_once)
{
    SITE(s);
    int64_t now = clock_now();
    site_enrolled(&s);
    site_installed(&s, 1);
    site_usable(&s);
    ck_assert_int_gt(s.next, now);
    ck_assert_uint_eq(site_asked("PKCSReq issued"), 1);
    ck_assert_int_ne(access(site_file(&s, "wifi", "pending"), F_OK), 0);

    SITE_GENERATION(g, s, "wifi");
    struct entry_state state = site_state(&s, "wifi");
    ck_assert_str_eq(json_text(g.meta, "subject", ""), "CN=box");
    ck_assert_str_eq(json_text(g.meta, "url", ""), site_url());
    ck_assert_str_eq(json_text(g.meta, "wish", ""), state.wish);
    ck_assert_str_eq(json_text(g.meta, "transaction_id", ""), state.transaction_id);
    ck_assert_str_eq(json_text(g.meta, "key", ""), "rsa 1024");
    ck_assert_int_ge(json_number(g.meta, "own_ms", -1), 0);
    const json_t *warnings = json_object_get(g.meta, "warnings");
    ck_assert_uint_eq(json_array_size(warnings), 1); /* the site's keys are made for speed */
    ck_assert_str_eq(json_string_value(json_array_get(warnings, 0)),
                     "RSA of 1024 bits is too short to trust");

    unsigned asked = site_asked(" ");
    site_runs(&s, ENGINE_CYCLE);
    site_runs(&s, ENGINE_DUE);
    ck_assert_uint_eq(site_asked(" "), asked);
}
END_TEST

static const struct {
    const char *lines, *told;
} keys[] = {{"key-size = 2048", "rsa 2048"},
            {"key-type = ec", "ec 256"},
            {"key-type = ec\nkey-size = 521", "ec 521"}};

START_TEST(renews_with_a_new_key_and_keeps_the_old)
{
    SITE(s);
    autofree char *text = text_format("[scep wifi]\ntype = device\nroot = root\nurl = %s\n"
                                      "%s\nsubject = none\nsan = dns:{{DeviceName}}.test\n",
                                      site_url(), keys[_i].lines);
    site_put(&s, "conf.d/wifi.conf", text);
    site_runs(&s, ENGINE_CYCLE);
    SITE_GENERATION(first, s, "wifi");
    ck_assert_str_eq(json_text(first.meta, "key", ""), keys[_i].told);
    ck_assert_str_eq(json_text(first.meta, "subject", "?"), "");

    site_runs(&s, ENGINE_RENEW);
    ck_assert_uint_eq(site_asked("RenewalReq issued"), 1);
    site_installed(&s, 2);
    site_usable(&s);
    SITE_GENERATION(second, s, "wifi");
    ck_assert(!buf_equal(&first.key_pem, &second.key_pem));
    autofree char *kept = site_read(site_file(&s, "wifi", "generations/1/key.pem"));
    ck_assert_str_eq(kept, buf_text(&first.key_pem));

    site_runs(&s, ENGINE_RENEW);
    site_installed(&s, 3);
    ck_assert_int_ne(access(site_file(&s, "wifi", "generations/1"), F_OK), 0);
}
END_TEST

START_TEST(an_edit_asks_anew)
{
    SITE(s);
    site_enrolled(&s);
    site_profile(&s, "wifi", SITE_BOX "\nsan = dns:box.test\neku = client-auth, server-auth");
    site_runs(&s, ENGINE_DUE);
    site_installed(&s, 2);
    SITE_GENERATION(g, s, "wifi");
    ck_assert_str_eq(json_string_value(json_array_get(json_object_get(g.meta, "sans"), 0)),
                     "dns:box.test");
    ck_assert_uint_eq(site_asked("issued"), 2);

    /* What changes nothing about a certificate is no edit. */
    site_profile(&s, "wifi",
                 "description = another\nkey-access = @games\nrenewal-threshold = 10\n"
                 "eku = server-auth, client-auth\nsan = dns:box.test\n" SITE_BOX);
    site_runs(&s, ENGINE_CYCLE);
    ck_assert_uint_eq(site_asked("issued"), 2);
    autofree char *access = site_read(site_file(&s, "wifi", "access.json"));
    ck_assert_ptr_nonnull(strstr(access, "@games"));
}
END_TEST

START_TEST(an_edit_taken_back_is_forgotten)
{
    SITE(s);
    site_enrolled(&s);
    site_behave("pki/500");
    site_profile(&s, "wifi", "subject = CN=other");
    ck_assert_int_lt(site_run(&s, "wifi", ENGINE_CYCLE), 0);
    ck_assert_uint_eq(site_state(&s, "wifi").attempts, 1);

    site_behave("");
    site_profile(&s, "wifi", SITE_BOX);
    site_runs(&s, ENGINE_CYCLE);
    ck_assert_uint_eq(site_asked("issued"), 1);
    site_installed(&s, 1);
    ck_assert_int_gt(s.next, clock_now());
}
END_TEST

START_TEST(a_variable_without_value_makes_no_request)
{
    SITE(s);
    site_profile(&s, "wifi", "subject = CN={{SerialNumber}}");
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_CYCLE), -ERR_CONFIG);
    ck_assert_msg(strstr(s.err.text, "SerialNumber"), "%s", s.err.text);
    ck_assert_ptr_nonnull(strstr(s.err.text, "profile wifi, device: "));
    ck_assert_uint_eq(site_asked(" "), 0);
    struct entry_state state = site_state(&s, "wifi");
    ck_assert_ptr_nonnull(strstr(state.reason, "SerialNumber"));
    ck_assert_uint_eq(state.attempts, 1);
    ck_assert_int_gt(state.next_attempt, clock_now());

    /* The clock leaves it alone until then. */
    s.next = 0;
    site_runs(&s, ENGINE_DUE);
    ck_assert_uint_eq(site_state(&s, "wifi").attempts, 1);
    ck_assert_int_eq(s.next, state.next_attempt);

    site_put(&s, "signet.conf", "[attributes]\nSerialNumber = 0815\n");
    site_runs(&s, ENGINE_CYCLE);
    site_installed(&s, 1);
}
END_TEST

START_TEST(a_variable_that_is_lost_and_found_costs_nothing)
{
    SITE(s);
    site_enrolled(&s);
    site_put(&s, "signet.conf", "[attributes]\nDeviceName = {{IMEI}}\n");
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_CYCLE), -ERR_CONFIG);
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_RENEW), -ERR_CONFIG);
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
    ck_assert_uint_eq(site_state(&s, "wifi").attempts, 2);

    site_put(&s, "signet.conf", "[attributes]\nDeviceName = box\n");
    site_runs(&s, ENGINE_CYCLE);
    site_installed(&s, 1);
    ck_assert_uint_eq(site_asked("issued"), 1);
}
END_TEST

/* What the CA makes of it, and what is told of that. */
static const struct {
    const char *rule, *told;
} changes[] = {
    {"other-subject", "the CA changed the subject from \"CN=box\" to \"CN=someone else\""},
    {"no-san", "the CA left out the alternative name \"dns:box.test\""},
    {"add-san", "the CA added the alternative name \"DNS:added.test\""},
    {"no-eku", "the CA left out the extended key usage client-auth"},
    {"less-usage", "the CA left out the key usage digitalSignature"},
    {"long", "longer than was asked for"},
    {"short:80000", "shorter than was asked for"},
};

#define WISH SITE_BOX "\nsan = dns:box.test\nvalidity = 1 year\non-mismatch = "

START_TEST(a_change_by_the_ca_is_told)
{
    SITE(s);
    site_profile(&s, "wifi", WISH "warn");
    site_behave(changes[_i].rule);
    site_runs(&s, ENGINE_CYCLE);
    site_installed(&s, 1);
    SITE_GENERATION(g, s, "wifi");
    size_t n = 0, i;
    json_t *warning;
    json_array_foreach (json_object_get(g.meta, "warnings"), i, warning) {
        n += strstr(json_string_value(warning), changes[_i].told) != NULL;
    }
    ck_assert_uint_eq(n, 1);

    /* Neither word calls for another certificate, and what is there stays. */
    site_profile(&s, "wifi", WISH "reject");
    site_runs(&s, ENGINE_CYCLE);
    site_installed(&s, 1);
    ck_assert_uint_eq(site_asked("issued"), 1);
}
END_TEST

START_TEST(a_change_by_the_ca_is_rejected)
{
    SITE(s);
    site_profile(&s, "wifi", WISH "reject");
    site_runs(&s, ENGINE_CYCLE);
    SITE_GENERATION(before, s, "wifi");
    site_behave(changes[_i].rule);
    for (unsigned n = 1; n <= 2; n++) {
        ck_assert_int_eq(site_run(&s, "wifi", ENGINE_RENEW), -ERR_CONFIG);
        ck_assert_msg(strstr(s.err.text, changes[_i].told), "%s", s.err.text);
        ck_assert_ptr_nonnull(strstr(s.err.text, site_url()));
        ck_assert_ptr_nonnull(strstr(s.err.text, "on-mismatch = warn"));
        struct entry_state state = site_state(&s, "wifi");
        ck_assert_ptr_nonnull(strstr(state.reason, changes[_i].told));
        ck_assert_str_eq(state.transaction_id, "");
        ck_assert_uint_eq(state.attempts, n);
        ck_assert_int_gt(state.next_attempt, clock_now());
        ck_assert_uint_eq(site_asked("RenewalReq issued"), n);
    }
    SITE_GENERATION(after, s, "wifi");
    ck_assert(buf_equal(&before.cert_pem, &after.cert_pem));
    site_usable(&s);

    unsigned asked = site_asked(" ");
    site_runs(&s, ENGINE_DUE); /* the back-off holds */
    ck_assert_uint_eq(site_asked(" "), asked);
    site_behave("");
    site_runs(&s, ENGINE_RENEW);
    site_installed(&s, 2);
}
END_TEST

static const char *const useless[] = {"no-san", "other-key", "other-ca", "expired"};

/* Once the CA's clerk has said yes there is nothing more to poll for. */
START_TEST(a_rejected_certificate_ends_a_poll)
{
    SITE(s);
    site_profile(&s, "wifi", WISH "reject");
    site_behave("pending:1");
    site_runs(&s, ENGINE_CYCLE);
    struct entry_state state = site_state(&s, "wifi");
    ck_assert_int_eq(state.phase, PHASE_PENDING);
    autofree char *key = site_read(site_file(&s, "wifi", "pending/key.pem"));

    site_behave(useless[_i]);
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_RENEW), -ERR_CONFIG);
    ck_assert_uint_eq(site_asked("CertPoll issued"), 1);
    ck_assert_int_eq(site_state(&s, "wifi").phase, PHASE_NONE);
    ck_assert_uint_eq(site_current(&s, "wifi"), 0);

    site_behave("");
    site_runs(&s, ENGINE_RENEW);
    site_installed(&s, 1);
    ck_assert_uint_eq(site_asked("PKCSReq issued"), 1);
    SITE_GENERATION(g, s, "wifi");
    ck_assert_str_ne(json_text(g.meta, "transaction_id", ""), state.transaction_id);
    ck_assert_str_ne(buf_text(&g.key_pem), key);
}
END_TEST

struct told {
    unsigned n;
    char first[128], last[128];
};

static void on_told(void *context, const char *text)
{
    struct told *told = context;
    snprintf(told->n++ ? told->last : told->first, sizeof told->last, "%s", text);
}

START_TEST(tells_whoever_waits)
{
    SITE(s);
    struct told told = {0};
    site_profile(&s, "wifi", SITE_BOX);
    site_load(&s);
    struct job job = site_job(&s, "wifi", ENGINE_CYCLE);
    job.progress = on_told;
    job.context = &told;
    site_ok(s, job_run(&job, &s.next, &s.err));
    ck_assert_str_eq(told.first, "wifi: making a key");
    ck_assert_str_eq(told.last, "wifi: the certificate is installed");
    ck_assert_uint_ge(told.n, 4);
    site_ok(s, job_run(&job, &s.next, &s.err));
    ck_assert_str_eq(told.last, "wifi: the certificate is installed");
}
END_TEST

/* The one turn that there is, held until somebody waits for it. */
struct queue {
    int turn;
    unsigned waited;
};

static void let_go(void *context, const char *text)
{
    struct queue *queue = context;
    if (strcmp(text, "wifi: waiting for other requests to end") != 0)
        return;
    ck_assert_uint_eq(site_asked(" "), 0);
    queue->waited++;
    close(queue->turn);
}

START_TEST(a_request_waits_for_its_turn)
{
    SITE(s);
    struct queue queue = {.turn = -1};
    site_put(&s, "signet.conf", "[attributes]\nDeviceName = box\n[agent]\nmax-requests = 1\n");
    site_profile(&s, "wifi", SITE_BOX);
    site_load(&s);
    site_ok(s, store_turn(&s.agent.store, 1, deadline_in(0), &queue.turn, &s.err));
    struct job job = site_job(&s, "wifi", ENGINE_CYCLE);
    job.progress = let_go;
    job.context = &queue;
    site_ok(s, job_run(&job, &s.next, &s.err));
    ck_assert_uint_eq(queue.waited, 1);
    site_installed(&s, 1);
}
END_TEST

START_TEST(a_missing_signet_fetch_is_named)
{
    static const char *const paths[] = {"/nowhere/signet-fetch", "/etc/passwd", "/"};
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    s.agent.fetch = paths[_i];
    ck_assert_int_lt(site_run(&s, "wifi", ENGINE_CYCLE), 0);
    ck_assert_msg(strstr(s.err.text, paths[_i]), "%s", s.err.text);
    ck_assert_uint_eq(site_state(&s, "wifi").attempts, 1);
}
END_TEST

/* --- users --- */

static int run_as(struct site *s, enum engine_mode mode, enum engine_asker asker)
{
    site_load(s);
    struct job job = site_job(s, "wifi", mode);
    job.asker = asker;
    s->err = (struct err){0};
    return job_run(&job, &s->next, &s->err);
}

static int run_limited(struct site *s, enum engine_mode mode)
{
    return run_as(s, mode, ASKER_USER);
}

START_TEST(a_user_may_ask_once_a_minute)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    site_ok(s, run_limited(&s, ENGINE_CYCLE)); /* the first one is free */
    unsigned asked = site_asked(" ");
    site_ok(s, run_limited(&s, ENGINE_CYCLE)); /* there is nothing to ask for */
    ck_assert_int_eq(run_limited(&s, ENGINE_RENEW), -ERR_RETRY);
    ck_assert_msg(strstr(s.err.text, "again in "), "%s", s.err.text);
    ck_assert_uint_eq(site_asked(" "), asked);
    site_installed(&s, 1); /* that is no failure of the entry */

    struct entry_state state = site_state(&s, "wifi");
    state.asked = clock_now() - 60;
    site_state_put(&s, "wifi", &state);
    site_ok(s, run_limited(&s, ENGINE_RENEW));
    site_installed(&s, 2);
    site_runs(&s, ENGINE_RENEW); /* root at any time */
    site_installed(&s, 3);
}
END_TEST

START_TEST(a_failure_counts_and_is_told)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    site_behave("pki/500");
    ck_assert_int_eq(run_limited(&s, ENGINE_CYCLE), -ERR_RETRY);
    unsigned asked = site_asked(" ");
    ck_assert_int_eq(run_limited(&s, ENGINE_CYCLE), -ERR_RETRY);
    ck_assert_msg(strstr(s.err.text, "HTTP 500"), "%s", s.err.text);
    ck_assert_uint_eq(site_asked(" "), asked);
    ck_assert_uint_eq(site_state(&s, "wifi").attempts, 1);
}
END_TEST

START_TEST(a_second_sign_in_does_not_try_what_failed)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    site_behave("pki/500");
    ck_assert_int_eq(run_as(&s, ENGINE_CYCLE, ASKER_SIGN_IN), -ERR_RETRY);
    ck_assert_msg(strstr(s.err.text, "HTTP 500") && !strstr(s.err.text, "seconds ago"), "%s",
                  s.err.text);
    unsigned asked = site_asked(" ");
    ck_assert_uint_gt(asked, 0); /* the first one asks */
    site_behave("");
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(run_as(&s, ENGINE_CYCLE, ASKER_SIGN_IN), -ERR_RETRY);
        ck_assert_msg(strstr(s.err.text, "HTTP 500") && strstr(s.err.text, "seconds ago"), "%s",
                      s.err.text);
    }
    ck_assert_uint_eq(site_asked(" "), asked);
    ck_assert_uint_eq(site_state(&s, "wifi").attempts, 1);

    struct entry_state state = site_state(&s, "wifi");
    state.asked = clock_now() - ENGINE_USER_PAUSE;
    site_state_put(&s, "wifi", &state);
    site_ok(s, run_as(&s, ENGINE_CYCLE, ASKER_SIGN_IN));
    site_installed(&s, 1);

    /* Root's own wish is not held up. */
    site_behave("pki/500");
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_RENEW), -ERR_RETRY);
    site_behave("");
    site_runs(&s, ENGINE_RENEW);
}
END_TEST

START_TEST(to_remove_first_makes_it_no_faster)
{
    SITE(s);
    const struct entry_id id = {.owner = {.device = true}, .profile = "wifi"};
    site_enrolled(&s);
    for (int i = 0; i < 3; i++) {
        site_ok(s, removal_run(&s.agent, &id, "removed by alice", &s.err));
        ck_assert_int_eq(run_limited(&s, ENGINE_CYCLE), -ERR_RETRY);
    }
    ck_assert_uint_eq(site_asked("PKCSReq"), 1);
    site_runs(&s, ENGINE_CYCLE);
    site_installed(&s, 1);
}
END_TEST

/* Without a certificate that is no error: nobody has done anything wrong. */
START_TEST(no_server_is_waited_for)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    site_behave("close");
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_CYCLE), -ERR_RETRY);
    ck_assert_int_eq(site_state(&s, "wifi").wait, WAIT_NETWORK);
    site_behave("cacert/close"); /* one answer is enough to know that it is there */
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_CYCLE), -ERR_RETRY);
    ck_assert_int_eq(site_state(&s, "wifi").wait, WAIT_NOTHING);
    site_behave("");
    site_runs(&s, ENGINE_CYCLE);
    site_installed(&s, 1);
}
END_TEST

START_TEST(a_block_is_written_once)
{
    SITE(s);
    const struct entry_id id = {.owner = {.device = true}, .profile = "wifi"};
    site_enrolled(&s);
    site_ok(s, job_block(&s.agent, &id, NULL, "no root", &s.err));
    struct entry_state state = site_state(&s, "wifi");
    ck_assert_int_eq(state.phase, PHASE_INSTALLED);
    ck_assert_int_eq(state.wait, WAIT_ROOT);
    state.since = 7;
    site_state_put(&s, "wifi", &state);
    site_ok(s, job_block(&s.agent, &id, NULL, "no root", &s.err));
    site_ok(s, job_block(&s.agent, &id, NULL, "no root, another way", &s.err));
    ck_assert_int_eq(site_state(&s, "wifi").since, 7);
    ck_assert_str_eq(site_state(&s, "wifi").reason, "no root, another way");
    site_runs(&s, ENGINE_DUE);
    site_installed(&s, 1);
}
END_TEST

Suite *job_suite(void)
{
    Suite *suite = suite_create("agent/job");
    TCase *tc = tcase_create("job");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_add_test(tc, enrols_once);
    tcase_add_loop_test(tc, renews_with_a_new_key_and_keeps_the_old, 0, LENGTH(keys));
    tcase_add_test(tc, an_edit_asks_anew);
    tcase_add_test(tc, an_edit_taken_back_is_forgotten);
    tcase_add_test(tc, a_variable_without_value_makes_no_request);
    tcase_add_test(tc, a_variable_that_is_lost_and_found_costs_nothing);
    tcase_add_loop_test(tc, a_change_by_the_ca_is_told, 0, LENGTH(changes));
    tcase_add_loop_test(tc, a_change_by_the_ca_is_rejected, 0, LENGTH(changes));
    tcase_add_loop_test(tc, a_rejected_certificate_ends_a_poll, 0, LENGTH(useless));
    tcase_add_test(tc, tells_whoever_waits);
    tcase_add_test(tc, a_request_waits_for_its_turn);
    tcase_add_loop_test(tc, a_missing_signet_fetch_is_named, 0, 3);
    tcase_add_test(tc, a_user_may_ask_once_a_minute);
    tcase_add_test(tc, a_failure_counts_and_is_told);
    tcase_add_test(tc, a_second_sign_in_does_not_try_what_failed);
    tcase_add_test(tc, to_remove_first_makes_it_no_faster);
    tcase_add_test(tc, no_server_is_waited_for);
    tcase_add_test(tc, a_block_is_written_once);
    suite_add_tcase(suite, tc);
    return suite;
}
