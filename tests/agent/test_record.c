/* What a CA has on record, asked for with an entry's certificate. */
#include "agent/record.h"

#include "base/json.h"
#include "store/key.h"
#include "tests/agent/site.h"

#include <string.h>

static struct err remark; /* on what get() got last */

static int get(struct site *site, const char *profile, const char *serial, bool limited,
               struct buf *ret)
{
    remark = (struct err){0};
    site_load(site);
    const struct record record = {.agent = &site->agent,
                                  .owner = {.device = true},
                                  .profile = profile,
                                  .serial = serial,
                                  .asker = limited ? ASKER_USER : ASKER_ROOT};
    site->err = (struct err){0};
    return record_get(&record, ret, &remark, &site->err);
}

START_TEST(a_certificate_comes_back_as_it_was_issued)
{
    SITE(s);
    autobuf pem = {0};
    site_enrolled(&s);
    SITE_GENERATION(g, s, "wifi");
    site_ok(s, get(&s, "wifi", json_text(g.meta, "serial", ""), false, &pem));
    ck_assert_str_eq(buf_text(&pem), buf_text(&g.cert_pem));
    ck_assert_uint_eq(site_asked("GetCert issued"), 1);
    /* What was asked in between is no state of the entry's. */
    site_installed(&s, 1);
}
END_TEST

START_TEST(the_revocation_list_comes_as_pem)
{
    SITE(s);
    autobuf pem = {0};
    site_enrolled(&s);
    site_ok(s, get(&s, "wifi", NULL, false, &pem));
    ck_assert_int_eq(strncmp(buf_text(&pem), "-----BEGIN X509 CRL-----\n", 25), 0);
    ck_assert_uint_eq(site_asked("GetCRL issued"), 1);
    ck_assert_int_eq(remark.class, 0);
}
END_TEST

/* An old list is better than none, but whoever asked has to know. */
START_TEST(a_list_that_is_too_old_is_remarked_on)
{
    SITE(s);
    autobuf pem = {0};
    site_enrolled(&s);
    site_behave("expired");
    site_ok(s, get(&s, "wifi", NULL, false, &pem));
    ck_assert_int_eq(strncmp(buf_text(&pem), "-----BEGIN X509 CRL-----\n", 25), 0);
    ck_assert_ptr_nonnull(
        strstr(remark.text, "the revocation list is too old: the CA was to give"));
}
END_TEST

/* Who has nothing to show for itself asks with a key of the moment. */
START_TEST(an_entry_without_a_certificate_may_ask)
{
    SITE(s);
    autobuf pem = {0};
    site_profile(&s, "wifi", SITE_BOX);
    site_entry(&s, NULL, "wifi");
    site_ok(s, get(&s, "wifi", NULL, false, &pem));
    ck_assert_uint_gt(pem.len, 0);
    ck_assert_uint_eq(site_current(&s, "wifi"), 0);
}
END_TEST

static const struct {
    const char *profile, *serial, *rules;
    enum err_class class;
    const char *text;
} rows[] = {
    {"wfi", NULL, "", ERR_CONFIG, "wfi: no such profile (did you mean wifi?)"},
    {"root", NULL, "", ERR_CONFIG, "root: no such profile"},
    {"other", NULL, "", ERR_CONFIG,
     "profile other: there is nothing of it for the device; --user names somebody else"},
    {"wifi", "x", "", ERR_CONFIG, "profile wifi: \"x\" is no serial number"},
    {"wifi", "fffe", "", ERR_DENIED, "gives no certificate: badCertId"},
    {"wifi", NULL, "other-ca", ERR_CONFIG, "no revocation list that the CA has signed"},
    {"wifi", NULL, "pki/500", ERR_RETRY, "HTTP 500"},
    {"wifi", NULL, "close", ERR_RETRY, "profile wifi: http://"},
};

START_TEST(tells_why_there_is_nothing)
{
    SITE(s);
    autobuf pem = {0};
    site_enrolled(&s);
    site_profile(&s, "other", SITE_BOX); /* which has no entry yet */
    site_behave(rows[_i].rules);
    int rc = get(&s, rows[_i].profile, rows[_i].serial, false, &pem);
    ck_assert_msg(rc == -(int)rows[_i].class, "%d %s", rc, s.err.text);
    ck_assert_msg(strstr(s.err.text, rows[_i].text), "%s", s.err.text);
    ck_assert_uint_eq(pem.len, 0);
    ck_assert(!site_has_entry(&s, NULL, "other"));
}
END_TEST

START_TEST(users_keep_the_pace)
{
    SITE(s);
    autobuf pem = {0};
    site_enrolled(&s);
    struct entry_state state = site_state(&s, "wifi");
    state.asked = clock_now() - ENGINE_USER_PAUSE - 1;
    site_state_put(&s, "wifi", &state);
    site_ok(s, get(&s, "wifi", NULL, true, &pem));
    ck_assert_int_eq(get(&s, "wifi", NULL, true, &pem), -ERR_RETRY);
    ck_assert_msg(strstr(s.err.text, "you may have it asked again"), "%s", s.err.text);
    site_ok(s, get(&s, "wifi", NULL, false, &pem));
    ck_assert_uint_eq(site_asked("GetCRL issued"), 2);
}
END_TEST

/* One of two turns is held, which ends when somebody waits for it. */
struct queue {
    int turn;
    unsigned waited;
};

static void let_go(void *context, const char *text)
{
    struct queue *queue = context;
    if (!strstr(text, "waiting for other requests"))
        return;
    queue->waited++;
    close(queue->turn);
}

/* Whoever asks what is on record, as often as he may and of a server that hangs, must not keep
 * certificates from being renewed. */
START_TEST(some_turns_are_left_for_certificates)
{
    SITE(s);
    struct queue queue = {.turn = -1};
    autobuf pem = {0};
    site_put(&s, "signet.conf", "[attributes]\nDeviceName = box\n[agent]\nmax-requests = 2\n");
    site_profile(&s, "wifi", SITE_BOX);
    site_entry(&s, NULL, "wifi");
    site_load(&s);
    site_ok(s, store_turn(&s.agent.store, 1, deadline_in(0), &queue.turn, &s.err));
    site_runs(&s, ENGINE_CYCLE);
    site_installed(&s, 1);
    const struct record crl = {.agent = &s.agent,
                               .owner = {.device = true},
                               .profile = "wifi",
                               .progress = let_go,
                               .context = &queue};
    site_ok(s, record_get(&crl, &pem, &remark, &s.err));
    ck_assert_uint_eq(queue.waited, 1);
}
END_TEST

/* The servers of a profile are reached in one way, whatever they are asked. */
START_TEST(goes_through_the_proxy_of_the_profile)
{
    SITE(s);
    autobuf pem = {0};
    site_enrolled(&s);
    site_profile(&s, "wifi", SITE_BOX "\nproxy = http://127.0.0.1:1\n");
    ck_assert_int_eq(get(&s, "wifi", NULL, false, &pem), -ERR_RETRY);
    ck_assert_msg(strstr(s.err.text, "(through the proxy http://127.0.0.1:1)"), "%s", s.err.text);
}
END_TEST

/* What a proxy says for itself looks like the server's word: it is named. */
START_TEST(a_proxy_that_refuses_is_named)
{
    SITE(s);
    autobuf pem = {0};
    const char *url = site_url();
    size_t len = strcspn(url + strlen("http://"), "/") + strlen("http://");
    autofree char *lines = text_format(SITE_BOX "\nproxy = %.*s\n", (int)len, url);
    autofree char *told = text_format("(through the proxy %.*s)", (int)len, url);
    site_enrolled(&s);
    site_profile(&s, "wifi", lines);
    site_behave("403");
    ck_assert_int_eq(get(&s, "wifi", NULL, false, &pem), -ERR_DENIED);
    ck_assert_msg(strstr(s.err.text, "answered HTTP 403"), "%s", s.err.text);
    ck_assert_msg(strstr(s.err.text, told), "%s", s.err.text);
}
END_TEST

Suite *record_suite(void)
{
    Suite *suite = suite_create("agent/record");
    TCase *tc = tcase_create("record");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_add_test(tc, a_certificate_comes_back_as_it_was_issued);
    tcase_add_test(tc, the_revocation_list_comes_as_pem);
    tcase_add_test(tc, a_list_that_is_too_old_is_remarked_on);
    tcase_add_test(tc, an_entry_without_a_certificate_may_ask);
    tcase_add_loop_test(tc, tells_why_there_is_nothing, 0, LENGTH(rows));
    tcase_add_test(tc, users_keep_the_pace);
    tcase_add_test(tc, some_turns_are_left_for_certificates);
    tcase_add_test(tc, goes_through_the_proxy_of_the_profile);
    tcase_add_test(tc, a_proxy_that_refuses_is_named);
    suite_add_tcase(suite, tc);
    return suite;
}
