/* What a hostile CA can do in the course of several calls and requests. */
#include "agent/report.h"
#include "base/json.h"
#include "tests/agent/site.h"
#include "tests/fetch/host.h"
#include "tests/long.h"

/* What a renewal comes to with each of these capability bodies. Whatever is no capability is none
 * at all: then the request goes out by GET first, and as PKCSReq. */
static const struct {
    const char *rules, *asked, *not_asked;
} bodies[] = {
    {"", "POST PKIOperation 200 RenewalReq issued", "PKCSReq"},
    {"caps-crlf", "POST PKIOperation 200 RenewalReq issued", "PKCSReq"},
    {"caps-long", "POST PKIOperation 200 RenewalReq issued", "PKCSReq"},
    {"caps-cr", "POST PKIOperation 200 PKCSReq issued", "RenewalReq"},
    {"caps-blank", "POST PKIOperation 200 PKCSReq issued", "RenewalReq"},
    {"caps-utf16", "POST PKIOperation 200 PKCSReq issued", "RenewalReq"},
    {"caps-seven", "POST PKIOperation 200 PKCSReq issued", "RenewalReq"},
    {"caps-prefix", "POST PKIOperation 200 PKCSReq issued", "RenewalReq"},
    {"caps-nul", "POST PKIOperation 200 PKCSReq issued", "RenewalReq"},
    {"caps/html", "POST PKIOperation 200 PKCSReq issued", "RenewalReq"},
    {"caps/garbage", "POST PKIOperation 200 PKCSReq issued", "RenewalReq"},
    {"caps/empty", "POST PKIOperation 200 PKCSReq issued", "RenewalReq"},
    {"caps/huge", "POST PKIOperation 200 PKCSReq issued", "RenewalReq"},
    {"caps/401", "POST PKIOperation 200 PKCSReq issued", "RenewalReq"},
};

START_TEST(a_capability_is_a_whole_line)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX "\nhash = sha1");
    site_behave("short:3600");
    site_runs(&s, ENGINE_CYCLE);
    unsigned before = site_asked("PKCSReq");
    site_behave(bodies[_i].rules);
    site_runs(&s, ENGINE_RENEW);
    site_installed(&s, 2);
    ck_assert_uint_ge(site_asked(bodies[_i].asked), 1);
    ck_assert_uint_eq(site_asked(bodies[_i].not_asked),
                      strcmp(bodies[_i].not_asked, "PKCSReq") == 0 ? before : 0);
    ck_assert_uint_eq(site_asked("GET PKIOperation"),
                      strcmp(bodies[_i].not_asked, "PKCSReq") == 0 ? 0 : 1);
}
END_TEST

/* The state as `signet status` has it. */
static void check_state(struct site *s, const char *state)
{
    static const struct owner device = {.device = true};
    autojson *list = json_array();
    site_load(s);
    site_ok(*s, report_owner(&s->agent, &device, "wifi", false, list, &s->err));
    ck_assert_str_eq(json_text(json_array_get(list, 0), "state", ""), state);
}

START_TEST(pending_for_ever_costs_nothing)
{
    SITE(s);
    site_enrolled(&s);
    site_behave("pending:1000");
    site_runs(&s, ENGINE_RENEW);
    struct entry_state first = site_state(&s, "wifi");
    autofree char *key = site_read(site_file(&s, "wifi", "pending/key.pem"));
    for (unsigned n = 1; n <= 5; n++) {
        site_runs(&s, ENGINE_RENEW);
        check_state(&s, "pending");
        struct entry_state state = site_state(&s, "wifi");
        ck_assert_str_eq(state.transaction_id, first.transaction_id);
        ck_assert_int_eq(state.since, first.since);
        ck_assert_uint_eq(site_asked("CertPoll pending"), n);
    }
    autofree char *still = site_read(site_file(&s, "wifi", "pending/key.pem"));
    ck_assert_str_eq(still, key);
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
    site_usable(&s);
    ck_assert_int_gt(site_state(&s, "wifi").next_attempt, clock_now());
}
END_TEST

/* What comes of one poll that goes wrong, and whether there is anything left to poll for. */
static const struct {
    const char *rules, *state, *told;
} polls[] = {
    {"wrong-transaction", "pending", "belongs to another request"},
    {"wrong-nonce", "pending", "recipientNonce"},
    {"no-status", "pending", "pkiStatus"},
    {"bad-signature", "pending", "signature is not right"},
    {"pki/huge", "pending", "larger than"},
    {"cacert/close", "pending", "closed the connection without an answer"},
    {"refuse:2", "error", "badRequest"},
};

START_TEST(a_bad_poll_is_told)
{
    SITE(s);
    site_profile(&s, "wifi", SITE_BOX);
    site_behave("pending:1");
    site_runs(&s, ENGINE_CYCLE);
    struct entry_state before = site_state(&s, "wifi");
    site_behave(polls[_i].rules);
    ck_assert_int_lt(site_run(&s, "wifi", ENGINE_RENEW), 0);
    check_state(&s, polls[_i].state);
    struct entry_state after = site_state(&s, "wifi");
    ck_assert_msg(strstr(after.reason, polls[_i].told), "%s", after.reason);
    ck_assert_uint_eq(site_current(&s, "wifi"), 0);
    if (strcmp(polls[_i].state, "pending") == 0)
        ck_assert_str_eq(after.transaction_id, before.transaction_id);
}
END_TEST

/* A server that hangs up on whatever it is asked. */
static void hangs_up(struct host_line *line, const void *context)
{
    autobuf request = {0};
    (void)context;
    host_read(line, &request);
}

/* The profile, with URL and with these two paths of the CA's. */
static void put_urls(struct site *s, const char *url, const char *one, const char *other)
{
    autofree char *base = strndup(site_url(), strlen(site_url()) - strlen("/scep"));
    autofree char *text =
        text_format("[scep wifi]\ntype = device\nroot = root\nkey-size = 1024\n" SITE_BOX
                    "\nurl = %s\nurl = %s%s\nurl = %s%s\n",
                    url, base, one, base, other);
    site_put(s, "conf.d/wifi.conf", text);
}

/* Three URLs, of which one does not answer, and one dies after GetCACert. A request that has begun
 * at that one fails: only the next one may choose anew, and finds the third in time. */
START_TEST(an_url_that_dies_on_the_way_is_chosen_anew)
{
    SITE(s);
    HOST(h) = {.serve = hangs_up};
    host_start(&h);
    put_urls(&s, h.url, "/other", "/scep");
    site_behave("other/pki/close");
    bool died = false, lived = false;
    char transaction[65] = "";
    for (int i = 0; i < 100 && !(died && lived); i++) {
        unsigned here = site_asked("PKIOperation 200"), there = site_asked("other/POST");
        int rc = site_run(&s, "wifi", ENGINE_RENEW);
        struct entry_state state = site_state(&s, "wifi");
        if (rc == 0) {
            lived = true;
            ck_assert_uint_eq(site_asked("PKIOperation 200"), here + 1);
            ck_assert_uint_eq(site_asked("other/POST"), there);
            transaction[0] = 0;
            continue;
        }
        died = true;
        ck_assert_int_eq(rc, -ERR_RETRY);
        ck_assert_msg(strstr(state.reason, "/other: "), "%s", state.reason);
        ck_assert_uint_eq(site_asked("PKIOperation 200"), here);
        ck_assert_uint_gt(site_asked("other/POST"), there); /* curl tries a kept connection twice */
        if (transaction[0])
            ck_assert_str_eq(state.transaction_id, transaction);
        strcpy(transaction, state.transaction_id);
    }
    ck_assert(died && lived);
    site_usable(&s);
}
END_TEST

/* Where the request waits for approval, and nowhere else, is it asked about: also when that server
 * is down for a while, and others of the profile's are not. */
START_TEST(what_is_pending_is_asked_about_where_it_is)
{
    SITE(s);
    HOST(h) = {.serve = hangs_up};
    host_start(&h);
    put_urls(&s, h.url, "/other?a", "/other?b");
    site_behave("pending:5"); /* polls */
    site_runs(&s, ENGINE_CYCLE);
    const struct entry_state first = site_state(&s, "wifi");
    const unsigned elsewhere = host_connections(&h);
    const bool down[] = {false, true, true, false, true, false, false, true};
    unsigned failed = 0;
    for (size_t i = 0; i < LENGTH(down); i++) {
        site_behave(down[i] ? "close" : "");
        int rc = site_run(&s, "wifi", ENGINE_RENEW);
        struct entry_state state = site_state(&s, "wifi");
        ck_assert_msg(rc == (down[i] ? -ERR_RETRY : 0), "%d %s", rc, s.err.text);
        ck_assert_int_eq(state.phase, PHASE_PENDING);
        ck_assert_str_eq(state.url, first.url);
        ck_assert_str_eq(state.transaction_id, first.transaction_id);
        ck_assert_int_eq(state.pending, first.pending);
        failed += down[i];
        ck_assert(!down[i] || strstr(state.reason, first.url));
    }
    ck_assert_uint_eq(host_connections(&h), elsewhere);
    ck_assert_uint_eq(site_asked("CertPoll pending"), LENGTH(down) - failed);
    site_behave("");
    site_runs(&s, ENGINE_RENEW);
    site_installed(&s, 1);
    SITE_GENERATION(g, s, "wifi");
    ck_assert_str_eq(json_text(g.meta, "url", ""), first.url);
    ck_assert_uint_eq(host_connections(&h), elsewhere);
}
END_TEST

/* The deadline of a call is for all of it: a byte now and then does not put it off. */
static const struct {
    const char *rule, *reason;
} drips[] = {
    {"cacert/drip", "GetCACert: the answer trickles"},
    {"pki/drip", "PKIOperation: the answer trickles"},
    {"cacert/hang", "timed out"},
};

START_TEST(a_drip_ends_at_the_deadline)
{
    SITE(s);
    site_enrolled(&s);
    site_behave(drips[_i].rule);
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_RENEW), -ERR_RETRY);
    ck_assert_msg(strstr(s.err.text, drips[_i].reason), "%s", s.err.text);
    ck_assert_uint_eq(site_current(&s, "wifi"), 1);
    site_usable(&s);
}
END_TEST

Suite *hostile_course_suite(void)
{
    Suite *suite = suite_create("agent/job, a hostile CA in several calls");
    TCase *tc = tcase_create("course");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_add_loop_test(tc, a_capability_is_a_whole_line, 0, LENGTH(bodies));
    tcase_add_test(tc, pending_for_ever_costs_nothing);
    tcase_add_loop_test(tc, a_bad_poll_is_told, 0, LENGTH(polls));
    tcase_add_test(tc, what_is_pending_is_asked_about_where_it_is);
    tcase_add_test(tc, an_url_that_dies_on_the_way_is_chosen_anew);
    if (tests_long())
        tcase_add_loop_test(tc, a_drip_ends_at_the_deadline, 0, LENGTH(drips));
    suite_add_tcase(suite, tc);
    return suite;
}
