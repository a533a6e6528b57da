/* Whole requests over what lies between us and a CA: TLS, our certificates, proxies, servers that
 * hang or have enough. */
#include "agent/route.h"

#include "agent/cycle.h"
#include "agent/job.h"
#include "agent/record.h"
#include "agent/report.h"
#include "base/json.h"
#include "store/key.h"
#include "tests/fetch/host.h"
#include "tests/agent/site.h"
#include "tests/swtpm.h"

#include <string.h>

static const struct owner device = {.device = true};

/* A device profile that asks URL. */
static void put_profile(struct site *s, const char *name, const char *url, const char *lines)
{
    autofree char *file = text_format("conf.d/%s.conf", name);
    const char *key = strstr(lines, "key-type") ? "" : "key-type = ec\n";
    autofree char *text =
        text_format("[scep %s]\ntype = device\nroot = root\n%s" SITE_BOX "\nurl = %s\n%s\n", name,
                    key, url, lines);
    site_put(s, file, text);
}

/* What the CA issued to a profile, for a server to be. */
static struct identity identity_of(struct site *s, const char *profile)
{
    CLEANUP(generation_free) struct generation g = site_generation(s, profile);
    struct identity identity = {0};
    site_ok(*s, certificate_from_pem(&g.cert_pem, &identity.certificate, &s->err));
    site_ok(*s, key_from_pem(&g.key_pem, &identity.key, &s->err));
    return identity;
}

static struct identity make_server(struct site *s)
{
    put_profile(s, "server", site_url(),
                "key-storage = software\nsan = dns:localhost\neku = server-auth");
    site_ok(*s, site_run(s, "server", ENGINE_CYCLE));
    return identity_of(s, "server");
}

static X509 *ca_certificate(struct site *s)
{
    X509 *certificate = NULL;
    site_load(s);
    const struct profile *root = profile_find(&s->agent.profiles, PROFILE_TRUSTED_ROOT, "root");
    site_ok(*s, certificate_parse(&root->root.der, "root", &certificate, &s->err));
    return certificate;
}

static unsigned ca_port(void)
{
    return (unsigned)atol(strrchr(site_url(), ':') + 1);
}

static int cycle(struct site *s, enum engine_mode mode)
{
    const struct cycle one = {.owners = &device, .n_owners = 1, .mode = mode};
    site_load(s);
    s->err = (struct err){0};
    return cycle_run(&s->agent, &one, &s->next, &s->err);
}

/* The certificate of the server is by the profile's own root, which no system knows. */
START_TEST(enrols_over_https)
{
    SITE(s);
    CLEANUP(host_identity_free) struct identity server = make_server(&s);
    unsigned port = ca_port();
    HOST(h) = {.serve = host_relay, .context = &port, .identity = &server};
    host_start(&h);
    autofree char *url = text_format("https://localhost:%u/scep", h.port);
    put_profile(&s, "wifi", url, "");
    site_runs(&s, ENGINE_CYCLE);
    site_installed(&s, 1);
    site_runs(&s, ENGINE_RENEW);
    site_installed(&s, 2);
    ck_assert_uint_ge(host_asked(&h, "operation=PKIOperation"), 2);

    autofree char *other = text_format("https://127.0.0.1:%u/scep", h.port);
    put_profile(&s, "wifi", other, "");
    ck_assert_int_lt(site_run(&s, "wifi", ENGINE_CYCLE), 0);
    ck_assert_msg(strstr(s.err.text, "a name that its certificate has"), "%s", s.err.text);
    ck_assert_ptr_nonnull(strstr(s.err.text, other));
    ck_assert_int_eq(site_state(&s, "wifi").wait, WAIT_NOTHING); /* somebody is there */
    ck_assert_uint_eq(site_current(&s, "wifi"), 2);
}
END_TEST

/* The device's certificate admits another request; the one comes before the other, whatever they
 * are called. */
static void admit(const char *lines)
{
    SITE(s);
    CLEANUP(host_identity_free) struct identity server = make_server(&s);
    CLEANUP(X509_free_p) X509 *ca = ca_certificate(&s);
    unsigned port = ca_port();
    HOST(h) = {.serve = host_relay, .context = &port, .identity = &server, .asks = ca};
    host_start(&h);
    autofree char *url = text_format("https://localhost:%u/scep", h.port);

    put_profile(&s, "a-wifi", url, "tls-certificate = z-box\nkey-storage = software");
    put_profile(&s, "z-box", "http://127.0.0.1:1/dead", "");
    ck_assert_int_lt(cycle(&s, ENGINE_CYCLE), 0);
    struct entry_state state = site_state(&s, "a-wifi");
    ck_assert_int_eq(state.wait, WAIT_ROOT);
    ck_assert_msg(strstr(state.reason, "[scep z-box]") && strstr(state.reason, "is not there yet"),
                  "%s", state.reason);
    ck_assert_uint_eq(host_connections(&h), 0);
    ck_assert_int_eq(site_state(&s, "z-box").wait, WAIT_NETWORK);
    autojson *list = json_array();
    site_ok(s, report_owner(&s.agent, &device, "a-wifi", false, list, &s.err));
    ck_assert_str_eq(json_text(json_array_get(list, 0), "state", ""), "waiting");
    ck_assert_str_eq(json_text(json_array_get(list, 0), "reason", ""), state.reason);
    ck_assert_ptr_null(json_object_get(json_array_get(list, 0), "next"));

    put_profile(&s, "z-box", site_url(), lines);
    site_ok(s, cycle(&s, ENGINE_CYCLE));
    ck_assert_uint_eq(site_current(&s, "z-box"), 1);
    ck_assert_uint_eq(site_current(&s, "a-wifi"), 1);
    ck_assert_int_eq(site_state(&s, "a-wifi").phase, PHASE_INSTALLED);
    ck_assert_str_eq(site_state(&s, "a-wifi").reason, "");

    /* Without the line the server lets nobody in, and says what is missing. */
    put_profile(&s, "other", url, "");
    ck_assert_int_lt(site_run(&s, "other", ENGINE_CYCLE), 0);
    ck_assert_msg(strstr(s.err.text, "name one with tls-certificate"), "%s", s.err.text);
}

static const char *const keys[] = {"", "key-type = ec\nkey-size = 384",
                                   "key-type = rsa\nkey-size = 2048"};

START_TEST(one_certificate_admits_to_another)
{
    admit(keys[_i]);
}
END_TEST

START_TEST(so_does_one_whose_key_is_in_a_tpm)
{
    SWTPM(swtpm);
    admit("key-storage = tpm");
}
END_TEST

/* alice's profile NAME, which shows SHOWN to the server. */
static void put_users(struct site *s, const char *name, const char *url, const char *shown)
{
    autofree char *file = text_format("conf.d/%s.conf", name);
    autofree char *text = text_format("[scep %s]\ntype = user\nroot = root\nkey-type = ec\n"
                                      "subject = CN={{UserName}}\nurl = %s\n"
                                      "tls-certificate = %s\n",
                                      name, url, shown);
    site_put(s, file, text);
}

/* The machine's certificate admits its users, and a user's admits that user's next request. */
START_TEST(the_machines_certificate_admits_its_users)
{
    static const struct owner both[] = {{.device = true}, {.uid = SITE_ALICE}};
    SITE(s);
    site_alice(&s);
    CLEANUP(host_identity_free) struct identity server = make_server(&s);
    CLEANUP(X509_free_p) X509 *ca = ca_certificate(&s);
    unsigned port = ca_port();
    HOST(h) = {.serve = host_relay, .context = &port, .identity = &server, .asks = ca};
    host_start(&h);
    autofree char *url = text_format("https://localhost:%u/scep", h.port);
    const struct cycle cycle_of_both = {.owners = both, .n_owners = 2, .mode = ENGINE_CYCLE};
    put_profile(&s, "box", site_url(), "");
    put_users(&s, "mail", url, "box");
    put_users(&s, "disk", url, "mail");
    site_load(&s);
    site_ok(s, cycle_run(&s.agent, &cycle_of_both, &s.next, &s.err));
    ck_assert_uint_eq(host_asked(&h, "operation=PKIOperation"), 2);
    ck_assert(site_has_entry(&s, &both[1], "mail") && site_has_entry(&s, &both[1], "disk"));
    ck_assert(!site_has_entry(&s, &both[1], "box"));
    ck_assert_uint_eq(site_asked("PKCSReq issued"), 4); /* the server's own is one of them */
}
END_TEST

START_TEST(an_expired_certificate_is_not_shown)
{
    SITE(s);
    site_behave("short:1");
    put_profile(&s, "box", site_url(), "");
    put_profile(&s, "wifi", site_url(), "tls-certificate = box");
    site_ok(s, site_run(&s, "box", ENGINE_CYCLE));
    SITE_GENERATION(g, s, "box");
    autobuf reason = {0};
    const struct profile *wifi = profile_find(&s.agent.profiles, PROFILE_SCEP, "wifi");
    /* It is good for a second. */
    UNTIL(route_ready(&s.agent, wifi, &device, &reason, &s.err) == 0, "it does not expire");
    ck_assert_msg(strstr(buf_text(&reason), "has expired"), "%s", buf_text(&reason));
}
END_TEST

/* Who shows nothing, and who has a certificate but not a key that can be read. */
START_TEST(takes_what_the_profile_says)
{
    SITE(s);
    CLEANUP(route_close) struct route plain = {0}, broken = {0};
    autobuf reason = {0};
    put_profile(&s, "box", site_url(), "");
    put_profile(&s, "wifi", site_url(), "tls-certificate = box");
    site_ok(s, site_run(&s, "box", ENGINE_CYCLE));
    const struct profile *box = profile_find(&s.agent.profiles, PROFILE_SCEP, "box"),
                         *wifi = profile_find(&s.agent.profiles, PROFILE_SCEP, "wifi");
    ck_assert_int_eq(route_ready(&s.agent, box, &device, &reason, &s.err), 1);
    site_ok(s, route_open(&s.agent, box, &device, &plain, &s.err));
    ck_assert(!plain.key && !plain.proxy && plain.certificate.len == 0 && plain.roots->len > 0);
    ck_assert_int_eq(route_ready(&s.agent, wifi, &device, &reason, &s.err), 1);
    site_overwrite(site_file(&s, "box", "generations/1/key.pem"), "rubbish");
    ck_assert_int_eq(route_open(&s.agent, wifi, &device, &broken, &s.err), -ERR_CONFIG);
    ck_assert_msg(strncmp(s.err.text, "tls-certificate = box: ", 23) == 0, "%s", s.err.text);
    ck_assert_ptr_null(broken.key);
}
END_TEST

/* --- proxies --- */

static const struct {
    const char *agent, *profile; /* %u is the proxy's port */
    bool used;
} proxies[] = {
    {"", "", false},
    {"proxy = http://127.0.0.1:%u", "", true},
    {"proxy = http://127.0.0.1:%u\nno-proxy = localhost, ::1", "", true},
    {"proxy = http://127.0.0.1:%u\nno-proxy = localhost, 127.0.0.1", "", false},
    {"proxy = http://127.0.0.1:%u", "proxy = none", false},
    {"proxy = none", "proxy = http://127.0.0.1:%u", true},
    /* What a profile says it means. */
    {"proxy = http://127.0.0.1:1\nno-proxy = *", "proxy = http://127.0.0.1:%u", true},
};

START_TEST(asks_through_the_proxy_that_is_meant)
{
    SITE(s);
    HOST(proxy) = {.serve = host_proxy};
    host_start(&proxy);
    autofree char *agent = text_format(proxies[_i].agent, proxy.port);
    autofree char *lines = text_format(proxies[_i].profile, proxy.port);
    autofree char *settings = text_format("[attributes]\nDeviceName = box\n[agent]\n%s\n", agent);
    site_put(&s, "signet.conf", settings);
    put_profile(&s, "wifi", site_url(), lines);
    site_runs(&s, ENGINE_CYCLE);
    site_installed(&s, 1);
    ck_assert_uint_eq(host_connections(&proxy) > 0, proxies[_i].used);
}
END_TEST

/* A slip in signet.conf does not send anybody past the proxy. */
START_TEST(a_faulty_proxy_is_no_leave_to_go_without)
{
    SITE(s);
    site_put(&s, "signet.conf", "[attributes]\nDeviceName = box\n[agent]\nproxy = proxy:3128\n");
    put_profile(&s, "box", site_url(), "proxy = none");
    put_profile(&s, "wifi", site_url(), "");
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_CYCLE), -ERR_CONFIG);
    ck_assert_msg(strstr(s.err.text, "signet.conf: proxy has a fault"), "%s", s.err.text);
    site_ok(s, site_run(&s, "box", ENGINE_CYCLE));
}
END_TEST

/* Questions about what a CA has on record take the way that requests take, and no other. */
START_TEST(records_are_asked_for_on_the_same_way)
{
    SITE(s);
    CLEANUP(host_identity_free) struct identity server = make_server(&s);
    CLEANUP(X509_free_p) X509 *ca = ca_certificate(&s);
    autobuf pem = {0};
    struct err remark = {0};
    unsigned port = ca_port();
    HOST(proxy) = {.serve = host_proxy};
    HOST(h) = {.serve = host_relay, .context = &port, .identity = &server, .asks = ca};
    host_start(&proxy);
    host_start(&h);
    autofree char *url = text_format("https://localhost:%u/scep", h.port);
    autofree char *lines = text_format("tls-certificate = box\nproxy = http://127.0.0.1:%u\n"
                                       "key-storage = software",
                                       proxy.port);
    put_profile(&s, "box", site_url(), "");
    site_ok(s, site_run(&s, "box", ENGINE_CYCLE));
    put_profile(&s, "wifi", url, lines);
    site_entry(&s, NULL, "wifi");

    site_load(&s);
    const struct record crl = {.agent = &s.agent, .owner = device, .profile = "wifi"};
    site_ok(s, record_get(&crl, &pem, &remark, &s.err));
    ck_assert_uint_gt(pem.len, 0);
    ck_assert_uint_gt(host_connections(&proxy), 0);
}
END_TEST

START_TEST(a_secret_that_cannot_be_read_is_told)
{
    SITE(s);
    put_profile(&s, "wifi", site_url(), "proxy = http://127.0.0.1:1\nproxy-secret = file:login");
    site_put(&s, "login", "bob:hunter2\n"); /* everyone can read it */
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_CYCLE), -ERR_DENIED);
    ck_assert_msg(strstr(s.err.text, "proxy-secret: ") && !strstr(s.err.text, "hunter2"), "%s",
                  s.err.text);
}
END_TEST

/* --- servers that have enough, hang, or send us away --- */

static const struct {
    const char *answer;
    int64_t least, most; /* seconds until the next attempt */
} busy[] = {
    {"503 No\r\nRetry-After: 7200", 7200, 7205},
    {"429 No\r\nRetry-After: 3600", 3600, 3605},
    {"500 No\r\nRetry-After: 3600", 3600, 3605},
    {"202 Wait\r\nRetry-After: 3600", 3600, 3605},
    {"503 No\r\nRetry-After: Fri, 31 Dec 2094 23:59:59 GMT", 86400, 86405},
    {"503 No\r\nRetry-After: 99999999", 86400, 86405},
    {"503 No\r\nRetry-After: 1", 30, 65}, /* our own step is longer */
    {"503 No\r\nX: y", 30, 65},
    {"200 OK\r\nRetry-After: 3600", 30, 65}, /* a page, from a server that is at its ease */
};

START_TEST(comes_again_when_it_is_told)
{
    SITE(s);
    autofree char *text =
        text_format("HTTP/1.1 %s\r\nContent-Length: 5\r\n\r\nsorry", busy[_i].answer);
    HOST(h) = {.serve = host_text, .context = text};
    host_start(&h);
    put_profile(&s, "wifi", h.url, "");
    int64_t now = clock_now();
    ck_assert_int_lt(site_run(&s, "wifi", ENGINE_CYCLE), 0);
    struct entry_state state = site_state(&s, "wifi");
    ck_assert_int_ge(state.next_attempt, now + busy[_i].least);
    ck_assert_int_le(state.next_attempt, clock_now() + busy[_i].most);
    ck_assert_int_eq(s.next, state.next_attempt);
    ck_assert_int_eq(state.wait, WAIT_NOTHING);
}
END_TEST

static const char *const hangs[] = {"caps/hang cacert/hang", "cacert/hang", "pki/hang"};

START_TEST(no_call_hangs_for_ever)
{
    SITE(s);
    s.agent.timeout_ms = 500;
    put_profile(&s, "wifi", site_url(), "");
    site_behave(hangs[_i]);
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_CYCLE), -ERR_RETRY);
    ck_assert_msg(strstr(s.err.text, "timed out") && strstr(s.err.text, site_url()), "%s",
                  s.err.text);
    ck_assert_uint_eq(site_state(&s, "wifi").attempts, 1);
    s.agent.timeout_ms = 0;
    site_behave("");
    site_runs(&s, ENGINE_CYCLE);
    site_installed(&s, 1);
}
END_TEST

/* Nobody listens to what comes in at these. */
#define DEAF 7

static void hangs_for_ever(struct host_line *line, const void *context)
{
    (void)context;
    host_wait(line);
}

/* However many URLs hang, and the challenge's server too: the lock of an entry is let go of before
 * whoever waits for it gives up. */
START_TEST(many_hanging_urls_share_one_deadline)
{
    SITE(s);
    HOST(h) = {.serve = hangs_for_ever};
    host_start(&h);
    autobuf urls = {0};
    s.agent.timeout_ms = 400;
    s.agent.total_ms = 1000;
    for (int i = 0; i < DEAF; i++)
        ck_assert_int_eq(buf_printf(&urls, NULL, "\nurl = %s/%d", h.url, i), 0);
    put_profile(&s, "wifi", h.url, buf_text(&urls));
    ck_assert_int_eq(site_run(&s, "wifi", ENGINE_CYCLE), -ERR_RETRY);
    ck_assert_uint_eq(host_connections(&h), 3); /* 400, 400 and 200 ms; one question to each */
    const struct entry_state state = site_state(&s, "wifi");
    ck_assert_msg(strstr(state.reason, "GetCACaps: not asked: what went before has taken all"),
                  "%s", state.reason);
    ck_assert_int_eq(state.wait, WAIT_NETWORK);
    ck_assert_uint_eq(state.attempts, 1);
}
END_TEST

START_TEST(nobody_sends_us_elsewhere)
{
    SITE(s);
    autofree char *text = text_format("HTTP/1.1 302 Found\r\nLocation: %s?operation=GetCACert\r\n"
                                      "Content-Length: 0\r\n\r\n",
                                      site_url());
    HOST(h) = {.serve = host_text, .context = text};
    host_start(&h);
    put_profile(&s, "wifi", h.url, "");
    ck_assert_int_lt(site_run(&s, "wifi", ENGINE_CYCLE), 0);
    ck_assert_msg(strstr(s.err.text, h.url) && strstr(s.err.text, site_url()) &&
                      strstr(s.err.text, "another server"),
                  "%s", s.err.text);
    ck_assert_uint_eq(site_asked(" "), 0);
    ck_assert_int_eq(site_state(&s, "wifi").wait, WAIT_NOTHING);
}
END_TEST

Suite *route_suite(void)
{
    Suite *suite = suite_create("agent/route");
    TCase *tc = tcase_create("route");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_add_test(tc, enrols_over_https);
    tcase_add_loop_test(tc, one_certificate_admits_to_another, 0, LENGTH(keys));
    tcase_add_test(tc, so_does_one_whose_key_is_in_a_tpm);
    tcase_add_test(tc, the_machines_certificate_admits_its_users);
    tcase_add_test(tc, an_expired_certificate_is_not_shown);
    tcase_add_test(tc, takes_what_the_profile_says);
    tcase_add_loop_test(tc, asks_through_the_proxy_that_is_meant, 0, LENGTH(proxies));
    tcase_add_test(tc, a_faulty_proxy_is_no_leave_to_go_without);
    tcase_add_test(tc, records_are_asked_for_on_the_same_way);
    tcase_add_test(tc, a_secret_that_cannot_be_read_is_told);
    tcase_add_loop_test(tc, comes_again_when_it_is_told, 0, LENGTH(busy));
    tcase_add_loop_test(tc, no_call_hangs_for_ever, 0, LENGTH(hangs));
    tcase_add_test(tc, many_hanging_urls_share_one_deadline);
    tcase_add_test(tc, nobody_sends_us_elsewhere);
    suite_add_tcase(suite, tc);
    return suite;
}
