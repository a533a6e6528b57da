/* HTTPS: who is believed, who is shown a certificate, and through which proxy. All of it through
 * signet-fetch, with servers whose certificates are made here. */
#include "agent/transport.h"

#include "store/key.h"
#include "tests/fetch/host.h"
#include "tests/agent/site.h"

#include <openssl/ssl.h>
#include <string.h>

#define HELLO "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define DAY   86400L

static struct identity root, other, below, here, person, person_rsa, stranger;
static struct buf root_der, other_der, both_der;

static void add_der(const X509 *certificate, struct buf *ret)
{
    uint8_t *der = NULL;
    int len = i2d_X509(certificate, &der);
    ck_assert_int_eq(buf_add(ret, der, (size_t)len, NULL), 0);
    OPENSSL_free(der);
}

static void before(void)
{
    root = host_ca("Contoso Root", NULL);
    other = host_ca("Fabrikam Root", NULL);
    below = host_ca("Contoso Issuing", &root);
    here = host_identity(&root, HOST_HERE, -DAY, DAY);
    person = host_identity(&other, "email:alice@contoso.test", -DAY, DAY);
    stranger = host_identity(&root, "email:mallory@contoso.test", -DAY, DAY);
    person_rsa = host_rsa(&other, "alice");
    add_der(root.certificate, &root_der);
    add_der(other.certificate, &other_der);
    add_der(other.certificate, &both_der);
    add_der(root.certificate, &both_der);
}

static void after(void)
{
    struct identity *const all[] = {&root, &other, &below, &here, &person, &person_rsa, &stranger};
    for (size_t i = 0; i < LENGTH(all); i++)
        host_identity_free(all[i]);
    buf_free(&root_der);
    buf_free(&other_der);
    buf_free(&both_der);
}

static int ask(struct site *s, const char *url, const struct route *route, struct scep_answer *ret)
{
    CLEANUP(transport_close) struct transport transport = {0};
    const struct scep_http http = {.url = url};
    site_ok(*s, transport_open(s->agent.fetch, NULL, &transport, &s->err));
    transport.route = route;
    transport.follow = true;
    return transport_call(&transport, &http, ret, &s->err);
}

static void answers(struct site *s, const char *url, const struct route *route)
{
    struct scep_answer answer = {0};
    site_ok(*s, ask(s, url, route, &answer));
    ck_assert_int_eq(answer.status, 200);
    ck_assert_str_eq(buf_text(&answer.body), "hello");
    buf_free(&answer.body);
}

static void fails(struct site *s, const char *url, const struct route *route, int class,
                  const char *said)
{
    struct scep_answer answer = {0};
    int rc = ask(s, url, route, &answer);
    ck_assert_msg(rc == class && strstr(s->err.text, said), "%d %s", rc, s->err.text);
}

/* --- servers --- */

enum { GOOD, BY_ISSUING, WITH_CHAIN, SELF_SIGNED, OTHER_NAME, EXPIRED, FUTURE, OLD_TLS };

static const struct {
    int server;
    const struct buf *roots;
    int rc;
    const char *said;
} servers[] = {
    {GOOD, &root_der, 0, NULL},
    {GOOD, &both_der, 0, NULL},
    {WITH_CHAIN, &root_der, 0, NULL},
    {GOOD, NULL, -ERR_CONFIG,
     "its issuer \"CN=Contoso Root\" chains to neither the profile's root"},
    {GOOD, &other_der, -ERR_CONFIG, "\"CN=Contoso Root\""},
    {BY_ISSUING, &root_der, -ERR_CONFIG, "have the server send its whole chain"},
    {BY_ISSUING, &root_der, -ERR_CONFIG, "\"CN=Contoso Issuing\""},
    {WITH_CHAIN, &other_der, -ERR_CONFIG, "[trusted-root]"},
    {SELF_SIGNED, &root_der, -ERR_CONFIG, "\"CN=alone\""},
    {OTHER_NAME, &root_der, -ERR_CONFIG, "127.0.0.1"},
    {OTHER_NAME, &root_der, -ERR_CONFIG, "a name that its certificate has"},
    {EXPIRED, &root_der, -ERR_CONFIG, "certificate has expired: \"CN=a server\""},
    {EXPIRED, &other_der, -ERR_CONFIG, "\"CN=Contoso Root\""},
    {FUTURE, &root_der, -ERR_CONFIG, "set this machine's clock"},
    {OLD_TLS, &root_der, -ERR_CONFIG, "TLS 1.2"},
};

static struct identity make_server(int server)
{
    switch (server) {
    case BY_ISSUING:
    case WITH_CHAIN:
        return host_identity(&below, HOST_HERE, -DAY, DAY);
    case SELF_SIGNED:
        return host_ca("alone", NULL);
    case OTHER_NAME:
        return host_identity(&root, "DNS:elsewhere.test", -DAY, DAY);
    case EXPIRED:
        return host_identity(&root, HOST_HERE, -2 * DAY, -DAY);
    case FUTURE:
        return host_identity(&root, HOST_HERE, DAY, 2 * DAY);
    default:
        return host_identity(&root, HOST_HERE, -DAY, DAY);
    }
}

START_TEST(believes_whom_it_should)
{
    SITE(s);
    CLEANUP(host_identity_free) struct identity identity = make_server(servers[_i].server);
    HOST(h) = {.serve = host_text,
               .context = HELLO,
               .identity = &identity,
               .chain = servers[_i].server == WITH_CHAIN ? below.certificate : NULL,
               .highest = servers[_i].server == OLD_TLS ? TLS1_1_VERSION : 0};
    const struct route route = {.roots = servers[_i].roots};
    host_start(&h);
    if (servers[_i].rc == 0)
        answers(&s, h.url, &route);
    else
        fails(&s, h.url, &route, servers[_i].rc, servers[_i].said);
}
END_TEST

START_TEST(https_where_there_is_none)
{
    SITE(s);
    HOST(h) = {.serve = host_text, .context = HELLO};
    host_start(&h);
    autofree char *url = text_format("https://127.0.0.1:%u/scep", h.port);
    fails(&s, url, NULL, -ERR_RETRY, "");
    ck_assert_str_ne(s.err.text, "");
}
END_TEST

/* The system's roots go on being believed beside the profile's. Needs root. */
START_TEST(believes_the_system_too)
{
    SITE(s);
    HOST(h) = {.serve = host_text, .context = HELLO, .identity = &here};
    const struct route route = {.roots = &other_der};
    autobuf pem = {0};
    host_start(&h);
    fails(&s, h.url, &route, -ERR_CONFIG, "chains to neither");
    site_ok(s, certificate_to_pem(root.certificate, &pem, &s.err));
    site_system_roots(&s, buf_text(&pem));
    answers(&s, h.url, &route);
    answers(&s, h.url, NULL);

    CLEANUP(host_identity_free)
    struct identity theirs = host_identity(&other, HOST_HERE, -DAY, DAY);
    HOST(o) = {.serve = host_text, .context = HELLO, .identity = &theirs};
    host_start(&o);
    answers(&s, o.url, &route);
    fails(&s, o.url, NULL, -ERR_CONFIG, "\"CN=Fabrikam Root\"");
}
END_TEST

/* --- our certificate --- */

static const struct {
    const struct identity *shown, *key; /* NULL: none */
    int highest;
    const char *said; /* NULL: it is taken */
} shown[] = {
    {&person, &person, 0, NULL},
    {&person, &person, TLS1_2_VERSION, NULL},
    {&person_rsa, &person_rsa, 0, NULL},
    {&person_rsa, &person_rsa, TLS1_2_VERSION, NULL},
    {NULL, NULL, 0, "it wants a certificate of who asks; name one with tls-certificate"},
    {NULL, NULL, TLS1_2_VERSION, "name one with tls-certificate"},
    {&stranger, &stranger, 0, "may not take the certificate that tls-certificate names"},
    {&stranger, &stranger, TLS1_2_VERSION, "may not take"},
    {&person, &stranger, 0, "may not take"},
    {&person, &stranger, TLS1_2_VERSION, "may not take"},
    {&person, &person_rsa, 0, "tls-certificate: the key does not sign by ecdsa_sha256"},
};

/* LATER: the server asks for it only when it has read the request. */
static void check_shown(int i, bool later)
{
    SITE(s);
    HOST(h) = {.serve = host_text,
               .context = HELLO,
               .identity = &here,
               .asks = other.certificate,
               .later = later,
               .highest = shown[i].highest};
    CLEANUP(route_close) struct route route = {.roots = &root_der};
    if (shown[i].shown) {
        site_ok(s, certificate_to_pem(shown[i].shown->certificate, &route.certificate, &s.err));
        route.key = shown[i].key->key;
        EVP_PKEY_up_ref(route.key);
    }
    host_start(&h);
    if (shown[i].said) {
        struct scep_answer answer = {0};
        int rc = ask(&s, h.url, &route, &answer);
        ck_assert_int_lt(rc, 0);
        ck_assert_msg(strstr(s.err.text, shown[i].said), "%s", s.err.text);
        ck_assert_uint_eq(host_asked(&h, "GET"), 0);
        return;
    }
    answers(&s, h.url, &route);
    ck_assert_uint_eq(host_asked(&h, "GET"), 1);
}

START_TEST(shows_its_certificate)
{
    check_shown(_i, false);
}
END_TEST

START_TEST(shows_its_certificate_later)
{
    check_shown(_i, true);
}
END_TEST

/* The ServerHello of one that knows no secure renegotiation: TLS 1.2, a cipher suite (ECDHE with
 * RSA, AES-128-GCM), and no extension at all. */
static void says_an_old_hello(struct host_line *line, const void *context)
{
    uint8_t hello[47] = {22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3};
    (void)context;
    hello[44] = 0xc0;
    hello[45] = 0x2f;
    host_write(line, hello, sizeof hello);
    host_wait(line);
}

START_TEST(a_server_that_cannot_ask_safely_is_told)
{
    SITE(s);
    HOST(h) = {.serve = says_an_old_hello};
    host_start(&h);
    autofree char *url = text_format("https://127.0.0.1:%u/scep", h.port);
    fails(&s, url, NULL, -ERR_CONFIG, "no secure renegotiation (RFC 5746); have it updated");
}
END_TEST

/* Two requests on one connection: nothing of the first is missed in the second. */
static void twice(struct host_line *line, const void *context)
{
    autobuf request = {0};
    while (host_read(line, &request) && host_say(line, context))
        ;
}

START_TEST(keeps_its_connection)
{
    SITE(s);
    CLEANUP(transport_close) struct transport transport = {0};
    HOST(h) = {.serve = twice, .context = HELLO, .identity = &here, .asks = other.certificate};
    CLEANUP(route_close) struct route route = {.roots = &root_der, .key = person.key};
    EVP_PKEY_up_ref(route.key);
    site_ok(s, certificate_to_pem(person.certificate, &route.certificate, &s.err));
    host_start(&h);
    const struct scep_http http = {.url = h.url};
    site_ok(s, transport_open(s.agent.fetch, NULL, &transport, &s.err));
    transport.route = &route;
    for (int i = 0; i < 3; i++) {
        struct scep_answer answer = {0};
        site_ok(s, transport_call(&transport, &http, &answer, &s.err));
        ck_assert_int_eq(answer.status, 200);
        buf_free(&answer.body);
    }
    ck_assert_uint_eq(host_connections(&h), 1);
    ck_assert_uint_eq(host_asked(&h, "GET"), 3);
}
END_TEST

START_TEST(shows_it_to_nobody_who_does_not_ask)
{
    SITE(s);
    HOST(h) = {.serve = host_text, .context = HELLO, .identity = &here};
    CLEANUP(route_close) struct route route = {.roots = &root_der};
    site_ok(s, certificate_to_pem(person.certificate, &route.certificate, &s.err));
    host_start(&h);
    answers(&s, h.url, &route); /* without its key: nothing is signed */
}
END_TEST

/* --- from http to https --- */

static void upgrades(struct host_line *line, const void *context)
{
    autobuf request = {0};
    autofree char *answer = text_format("HTTP/1.1 301 Moved\r\nLocation: %s\r\n"
                                        "Content-Length: 0\r\n\r\n",
                                        (const char *)context);
    if (host_read(line, &request))
        host_say(line, answer);
}

START_TEST(is_sent_to_https)
{
    SITE(s);
    HOST(h) = {.serve = host_text, .context = HELLO, .identity = &here};
    host_start(&h);
    HOST(plain) = {.serve = upgrades, .context = h.url};
    host_start(&plain);
    const struct route route = {.roots = &root_der};
    answers(&s, plain.url, &route);
    fails(&s, plain.url, NULL, -ERR_CONFIG, "chains to neither");
    HOST(down) = {.serve = upgrades, .context = plain.url, .identity = &here};
    host_start(&down);
    fails(&s, down.url, &route, -ERR_CONFIG, "another server");
}
END_TEST

/* --- proxies --- */

#define LOGIN "Proxy-Authorization: Basic Ym9iOnM6M3QgJTQx" /* bob:s:3t %41 */

static const struct {
    bool tls;
    const char *wants, *login;
    int rc;
    const char *said;
} proxies[] = {
    {false, NULL, NULL, 0, NULL},
    {true, NULL, NULL, 0, NULL},
    {false, LOGIN, "bob:s:3t %41", 0, NULL},
    {true, LOGIN, "bob:s:3t %41", 0, NULL},
    {false, LOGIN, NULL, -ERR_CONFIG, "HTTP 407: it wants a name and a password; see proxy-secret"},
    {true, LOGIN, NULL, -ERR_CONFIG, "HTTP 407: it wants a name and a password"},
    {false, LOGIN, "bob:wrong", -ERR_CONFIG, "HTTP 407: it does not take"},
    {true, LOGIN, "bob:wrong", -ERR_CONFIG, "HTTP 407: it does not take"},
};

START_TEST(goes_through_a_proxy)
{
    SITE(s);
    HOST(h) = {.serve = host_text, .context = HELLO, .identity = proxies[_i].tls ? &here : NULL};
    HOST(proxy) = {.serve = host_proxy, .context = proxies[_i].wants};
    host_start(&h);
    host_start(&proxy);
    autofree char *address = text_format("http://127.0.0.1:%u", proxy.port);
    CLEANUP(route_close) struct route route = {.proxy = address, .roots = &root_der};
    if (proxies[_i].login)
        ck_assert_int_eq(buf_add_text(&route.login, proxies[_i].login, NULL), 0);
    if (proxies[_i].rc == 0) {
        answers(&s, h.url, &route);
        if (proxies[_i].tls) /* our proxy hands on all it gets, where it can read it */
            ck_assert_uint_eq(host_asked(&h, "Proxy-Authorization"), 0);
        ck_assert_uint_eq(host_asked(&proxy, proxies[_i].tls ? "CONNECT 127.0.0.1:" : "GET http:"),
                          1);
        ck_assert_uint_eq(host_asked(&proxy, "signet/"), 1);
    } else {
        fails(&s, h.url, &route, proxies[_i].rc, proxies[_i].said);
        ck_assert_ptr_nonnull(strstr(s.err.text, address));
        ck_assert_uint_eq(host_connections(&h), 0);
    }
}
END_TEST

/* Answers one request, and hangs up on the next. */
static void hangs_up_on_the_second(struct host_line *line, const void *context)
{
    autobuf request = {0};
    if (host_read(line, &request) && host_say(line, context))
        host_read(line, &request);
}

START_TEST(a_proxy_is_told_the_same_twice)
{
    SITE(s);
    CLEANUP(transport_close) struct transport transport = {0};
    HOST(proxy) = {.serve = hangs_up_on_the_second, .context = HELLO};
    host_start(&proxy);
    autofree char *address = text_format("http://127.0.0.1:%u", proxy.port);
    CLEANUP(route_close) struct route route = {.proxy = address};
    const struct scep_http http = {.url = "http://ca.test/scep"};
    ck_assert_int_eq(buf_add_text(&route.login, "bob:s:3t %41", NULL), 0);
    site_ok(s, transport_open(s.agent.fetch, NULL, &transport, &s.err));
    transport.route = &route;
    for (int i = 0; i < 3; i++) {
        struct scep_answer answer = {0};
        site_ok(s, transport_call(&transport, &http, &answer, &s.err));
        buf_free(&answer.body);
    }
    ck_assert_uint_eq(host_asked(&proxy, LOGIN), host_asked(&proxy, "GET "));
}
END_TEST

START_TEST(a_proxy_that_is_not_there_is_named)
{
    SITE(s);
    HOST(h) = {.serve = host_text, .context = HELLO};
    host_start(&h);
    const struct route route = {.proxy = "http://127.0.0.1:1"};
    fails(&s, h.url, &route, -ERR_RETRY, "(through the proxy http://127.0.0.1:1)");
    ck_assert_uint_eq(host_connections(&h), 0);
}
END_TEST

START_TEST(the_environment_names_no_proxy)
{
    SITE(s);
    HOST(h) = {.serve = host_text, .context = HELLO};
    host_start(&h);
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("all_proxy", "http://127.0.0.1:1", 1);
    answers(&s, h.url, NULL);
    unsetenv("http_proxy");
    unsetenv("all_proxy");
}
END_TEST

START_TEST(an_exception_goes_straight_there)
{
    SITE(s);
    HOST(h) = {.serve = host_text, .context = HELLO};
    host_start(&h);
    char name[] = "127.0.0.1", *names[] = {name};
    const struct strings list = {.v = names, .n = 1};
    const struct route route = {.proxy = "http://127.0.0.1:1", .exceptions = &list};
    answers(&s, h.url, &route);
}
END_TEST

Suite *fetch_tls_suite(void)
{
    Suite *suite = suite_create("fetch/tls");
    TCase *tc = tcase_create("fetch_tls");
    tcase_add_unchecked_fixture(tc, before, after);
    tcase_add_loop_test(tc, believes_whom_it_should, 0, LENGTH(servers));
    tcase_add_test(tc, https_where_there_is_none);
    if (geteuid() == 0)
        tcase_add_test(tc, believes_the_system_too);
    tcase_add_loop_test(tc, shows_its_certificate, 0, LENGTH(shown));
    tcase_add_loop_test(tc, shows_its_certificate_later, 0, LENGTH(shown));
    tcase_add_test(tc, a_server_that_cannot_ask_safely_is_told);
    tcase_add_test(tc, keeps_its_connection);
    tcase_add_test(tc, shows_it_to_nobody_who_does_not_ask);
    tcase_add_test(tc, is_sent_to_https);
    tcase_add_loop_test(tc, goes_through_a_proxy, 0, LENGTH(proxies));
    tcase_add_test(tc, a_proxy_is_told_the_same_twice);
    tcase_add_test(tc, a_proxy_that_is_not_there_is_named);
    tcase_add_test(tc, the_environment_names_no_proxy);
    tcase_add_test(tc, an_exception_goes_straight_there);
    suite_add_tcase(suite, tc);
    return suite;
}
