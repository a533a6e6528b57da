/* What servers do, byte by byte, and what becomes of it. All of it through signet-fetch. */
#include "agent/transport.h"

#include "fetch/answer.h"
#include "tests/fetch/host.h"
#include "tests/agent/site.h"
#include "tests/long.h"

#include <arpa/inet.h>
#include <string.h>

#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define LENGTH5 "Content-Length: 5\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"

static int ask(struct transport *transport, const char *url, const char *post,
               struct scep_answer *ret, struct err *err)
{
    autobuf body = {0};
    if (post)
        ck_assert_int_eq(buf_add_text(&body, post, NULL), 0);
    const struct scep_http http = {
        .url = url, .body = post ? &body : NULL, .content_type = post ? "text/plain" : NULL};
    return transport_call(transport, &http, ret, err);
}

#define TRANSPORT(t, s)                                                                            \
    CLEANUP(transport_close) struct transport t = {0};                                             \
    site_ok(s, transport_open((s).agent.fetch, NULL, &t, &(s).err));                               \
    t.follow = true

/* STATUS 0: an error that says SAID; else an answer with that BODY. */
static const struct {
    const char *bytes;
    int status;
    const char *body, *said;
} rows[] = {
    {OK_HEAD LENGTH5 "\r\nhello", 200, "hello", NULL},
    {OK_HEAD CHUNKED "\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nTrailer: x\r\n\r\n", 200, "hello", NULL},
    /* older ones, which end with the connection */
    {"HTTP/1.0 200 OK\r\n\r\nhello", 200, "hello", NULL},
    {"HTTP/1.0 200 OK\n\nhello", 200, "hello", NULL},
    {OK_HEAD "\r\nhello", 200, "hello", NULL},
    {OK_HEAD "Content-Type: text/html\r\n" LENGTH5 "\r\nhello", 200, "hello", NULL},
    {OK_HEAD "Content-Length: 0\r\n\r\n", 200, "", NULL},
    {"HTTP/1.1 204 No\r\n\r\n", 204, "", NULL},
    {"HTTP/1.1 500 No\r\n" LENGTH5 "\r\nsorry", 500, "sorry", NULL},
    {"HTTP/1.1 999 What\r\n" LENGTH5 "\r\nsorry", 999, "sorry", NULL},
    /* 1xx before the answer */
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Wait\r\n\r\n" OK_HEAD LENGTH5 "\r\nhello", 200,
     "hello", NULL},
    /* more than was announced is not looked at */
    {OK_HEAD LENGTH5 "\r\nhello and more", 200, "hello", NULL},
    /* nobody asked for it: it stays as it is */
    {OK_HEAD "Content-Encoding: gzip\r\n" LENGTH5 "\r\nhello", 200, "hello", NULL},

    {OK_HEAD "Content-Length: 50\r\n\r\nhello", 0, NULL, "transfer closed"},
    {OK_HEAD CHUNKED "\r\n2\r\nhe\r\n", 0, NULL, "transfer closed"},
    {OK_HEAD CHUNKED "\r\nzz\r\nhe\r\n0\r\n\r\n", 0, NULL, ""},
    {OK_HEAD CHUNKED "\r\nffffffffffffffffff\r\nhe", 0, NULL, ""},
    {OK_HEAD CHUNKED "\r\n2\r\nhello\r\n", 0, NULL, ""},
    {OK_HEAD "Content-Length: -5\r\n\r\nhello", 0, NULL, "Content-Length"},
    {OK_HEAD "Transfer-Encoding: gzip\r\n" LENGTH5 "\r\nhello", 0, NULL, ""},
    {OK_HEAD "Transfer-Encoding: x, y, z\r\n" LENGTH5 "\r\nhello", 0, NULL, ""},
    {"", 0, NULL, "closed the connection without an answer"},
    {"HTTP/1.1", 0, NULL, ""},
    {"HTTP/1.1 200 OK\r\nContent-Le", 0, NULL, ""},
    {"hello", 0, NULL, "HTTP/0.9"},
    {"SSH-2.0-OpenSSH_9.2\r\n", 0, NULL, "HTTP/0.9"},
    {"HTTP/9.9 200 OK\r\n\r\n", 0, NULL, ""},
    {"HTTP/1.1 2 OK\r\n\r\n", 0, NULL, ""},
    {"HTTP/1.1 099 OK\r\n\r\n", 0, NULL, ""},
    {"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n", 0, NULL, ""},
    {"HTTP/1.1 100 Continue\r\n\r\n", 0, NULL, ""},
};

START_TEST(an_answer_or_an_error)
{
    SITE(s);
    HOST(h) = {.serve = host_text, .context = rows[_i].bytes};
    host_start(&h);
    TRANSPORT(t, s);
    for (int post = 0; post < 2; post++) {
        struct scep_answer answer = {0};
        int rc = ask(&t, h.url, post ? "ask" : NULL, &answer, &s.err);
        if (rows[_i].status) {
            site_ok(s, rc);
            ck_assert_int_eq(answer.status, rows[_i].status);
            ck_assert_str_eq(buf_text(&answer.body), rows[_i].body);
            buf_free(&answer.body);
        } else {
            ck_assert_msg(rc == -ERR_RETRY, "%d %s", rc, buf_text(&answer.body));
            ck_assert_msg(*s.err.text && strstr(s.err.text, rows[_i].said), "%s", s.err.text);
            ck_assert_ptr_null(answer.body.data);
        }
    }
}
END_TEST

START_TEST(says_who_it_is_and_no_more)
{
    SITE(s);
    HOST(h) = {.serve = host_text, .context = OK_HEAD LENGTH5 "\r\nhello"};
    host_start(&h);
    TRANSPORT(t, s);
    struct scep_answer answer = {0};
    site_ok(s, ask(&t, h.url, "ask", &answer, &s.err));
    buf_free(&answer.body);
    ck_assert_uint_eq(host_asked(&h, "POST /scep HTTP/1.1\r\n"), 1);
    ck_assert_uint_eq(host_asked(&h, "\r\nUser-Agent: signet/" PACKAGE_VERSION "\r\n"), 1);
    ck_assert_uint_eq(host_asked(&h, "Content-Length: 3\r\n"), 1);
    ck_assert_uint_eq(host_asked(&h, "Expect"), 0);
    ck_assert_uint_eq(host_asked(&h, "Accept-Encoding"), 0);
    ck_assert_uint_eq(host_asked(&h, "Upgrade"), 0);
}
END_TEST

/* --- too much, for ever, or not at all --- */

static void endless_headers(struct host_line *line, const void *context)
{
    autobuf request = {0};
    if (!host_read(line, &request))
        return;
    for (bool on = host_say(line, OK_HEAD); on;)
        on = host_say(line, context);
}

static void endless_body(struct host_line *line, const void *context)
{
    char zeroes[16384] = {0};
    autobuf request = {0};
    if (!host_read(line, &request) || !host_say(line, context))
        return;
    while (host_write(line, "4000\r\n", 6) && host_write(line, zeroes, sizeof zeroes) &&
           host_write(line, "\r\n", 2))
        ;
}

static void serve_bytes(struct host_line *line, const void *context)
{
    const struct buf *bytes = context;
    autobuf request = {0};
    if (host_read(line, &request))
        host_write(line, bytes->data, bytes->len);
}

static void hangs_behind(struct host_line *line, const void *context)
{
    autobuf request = {0};
    if (host_read(line, &request) && host_say(line, context))
        host_wait(line);
}

static void hangs_at_once(struct host_line *line, const void *context)
{
    (void)context;
    host_wait(line);
}

static void resets_behind(struct host_line *line, const void *context)
{
    autobuf request = {0};
    if (host_read(line, &request) && host_say(line, context))
        host_reset(line);
}

static void resets_at_once(struct host_line *line, const void *context)
{
    (void)context;
    host_reset(line);
}

static const struct {
    host_serve *serve;
    const char *context;
    int rc;
    const char *said;
} hostile[] = {
    {endless_headers, "X: y\r\n", -ERR_RESOURCE, "65536 bytes of headers"},
    {endless_headers, "X: 0123456789012345678901234567890123456789\r\n", -ERR_RESOURCE,
     "bytes of headers"},
    {endless_headers, "never ends", -ERR_RETRY, ""},
    {endless_headers, "\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n", -ERR_RESOURCE,
     ""},
    {endless_body, OK_HEAD CHUNKED "\r\n", -ERR_RESOURCE, "larger than 100000 bytes"},
    {endless_body, OK_HEAD "\r\n", -ERR_RESOURCE, "larger than 100000 bytes"},
    {endless_body, "HTTP/1.0 200 OK\r\n\r\n", -ERR_RESOURCE, "larger than 100000 bytes"},
    {endless_body, OK_HEAD "Content-Length: 104857600\r\n\r\n", -ERR_RESOURCE,
     "larger than 100000 bytes"},
    {hangs_behind, OK_HEAD "Content-Length: 104857600\r\n\r\n", -ERR_RESOURCE,
     "larger than 100000 bytes"},
    {hangs_at_once, "", -ERR_RETRY, "timed out"},
    {hangs_behind, "", -ERR_RETRY, "timed out"},
    {hangs_behind, "HTTP/1.1 2", -ERR_RETRY, "timed out"},
    {hangs_behind, OK_HEAD "X: y\r\n", -ERR_RETRY, "timed out"},
    {hangs_behind, OK_HEAD LENGTH5 "\r\nhell", -ERR_RETRY, "timed out"},
    {hangs_behind, OK_HEAD CHUNKED "\r\n5\r\nhello\r\n", -ERR_RETRY, "timed out"},
    {hangs_behind, OK_HEAD "\r\nhello", -ERR_RETRY, "timed out"},
    {hangs_behind, "HTTP/1.1 100 Continue\r\n\r\n", -ERR_RETRY, "timed out"},
    {resets_at_once, "", -ERR_RETRY, ""},
    {resets_behind, "", -ERR_RETRY, ""},
    {resets_behind, OK_HEAD, -ERR_RETRY, ""},
    {resets_behind, OK_HEAD LENGTH5 "\r\nhell", -ERR_RETRY, ""},
    {resets_behind, OK_HEAD CHUNKED "\r\n5\r\nhello\r\n", -ERR_RETRY, ""},
};

START_TEST(ends_by_itself)
{
    SITE(s);
    HOST(h) = {.serve = hostile[_i].serve, .context = hostile[_i].context};
    host_start(&h);
    TRANSPORT(t, s);
    struct scep_answer answer = {0};
    bool hangs = strcmp(hostile[_i].said, "timed out") == 0;
    t.timeout_ms = hangs ? 400 : PATIENCE_MS;
    t.limit = 100000;
    int rc = ask(&t, h.url, "ask", &answer, &s.err);
    ck_assert_msg(rc == hostile[_i].rc, "%d %s", rc, s.err.text);
    ck_assert_msg(*s.err.text && strstr(s.err.text, hostile[_i].said), "%s", s.err.text);
    ck_assert_ptr_null(answer.body.data);
    ck_assert(answer.timed_out == hangs);
}
END_TEST

/* The agent's deadline is behind this one, and is not what strikes. */
START_TEST(the_deadline_is_signet_fetchs_own)
{
    SITE(s);
    HOST(h) = {.serve = hangs_at_once, .context = ""};
    host_start(&h);
    TRANSPORT(t, s);
    CLEANUP(fetch_answer_free) struct fetch_answer answer = {0};
    const struct fetch_call call = {.url = h.url, .limit = 100, .timeout_ms = 200};
    site_ok(s, fetch_request_send(t.lines.fd, &call, PATIENCE, &s.err));
    int rc = fetch_answer_receive(&t.lines, 100, PATIENCE, &answer, &s.err);
    ck_assert_int_eq(rc, -ERR_RETRY);
    ck_assert_msg(answer.timed_out && strstr(s.err.text, "after 20"), "%s", s.err.text);
}
END_TEST

/* A host that takes no more connections says nothing at all: the next URL is not kept waiting for
 * all the time that an exchange has. */
START_TEST(a_connection_has_a_deadline_of_its_own)
{
    enum { CALLERS = 4 };
    SITE(s);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    autoclose int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int callers[CALLERS];
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    ck_assert_int_eq(listen(listener, 0), 0);
    for (int i = 0; i < CALLERS; i++) {
        callers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        connect(callers[i], (struct sockaddr *)&address, len);
    }
    autofree char *url = text_format("http://127.0.0.1:%u/scep", ntohs(address.sin_port));
    TRANSPORT(t, s);
    struct scep_answer answer = {0};
    ck_assert_int_eq(ask(&t, url, NULL, &answer, &s.err), -ERR_RETRY);
    ck_assert_msg(strstr(s.err.text, "after 10"), "%s", s.err.text);
    ck_assert(answer.timed_out);
    for (int i = 0; i < CALLERS; i++)
        close(callers[i]);
}
END_TEST

/* Nobody asks for compression, but Transfer-Encoding is undone wherever it comes. */
START_TEST(a_bomb_is_not_unpacked)
{
    SITE(s);
    autobuf text = {0};
    char some[4096];
    ck_assert_int_eq(
        buf_add_text(&text, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", NULL), 0);
    FILE *gzip = popen("head -c 20000000 /dev/zero | gzip", "re");
    for (size_t n; (n = fread(some, 1, sizeof some, gzip)) > 0;)
        ck_assert_int_eq(buf_add(&text, some, n, NULL), 0);
    ck_assert_int_eq(pclose(gzip), 0);
    HOST(h) = {.serve = serve_bytes, .context = &text};
    host_start(&h);
    TRANSPORT(t, s);
    struct scep_answer answer = {0};
    t.limit = 100000;
    ck_assert_int_eq(ask(&t, h.url, NULL, &answer, &s.err), -ERR_RESOURCE);
    ck_assert_ptr_nonnull(strstr(s.err.text, "larger than 100000 bytes"));
}
END_TEST

/* --- redirects --- */

static const char *target; /* "%s" stands for the host's own address */

static void redirects(struct host_line *line, const void *context)
{
    const struct host *h = context;
    autobuf request = {0};
    if (!host_read(line, &request))
        return;
    if (strstr(buf_text(&request), " /there")) {
        host_say(line, OK_HEAD LENGTH5 "\r\nhello");
        return;
    }
    autofree char *own = text_format("http://127.0.0.1:%u", h->port);
    autofree char *to = text_format(target, own);
    autofree char *answer = text_format("HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n", to);
    host_say(line, answer);
}

static const struct {
    const char *target;
    bool post;
    unsigned asked;
    const char *said; /* NULL: it is followed */
} redirections[] = {
    {"302 Found\r\nLocation: %s/there", false, 2, NULL},
    {"301 Moved\r\nLocation: /there", true, 2, NULL},
    {"302 Found\r\nLocation: there", true, 2, NULL},
    {"307 Found\r\nLocation: %s/there?x=y", true, 2, NULL},
    {"308 Found\r\nLocation: %s/there", true, 2, NULL},
    {"303 See\r\nLocation: /there", false, 2, NULL},
    {"303 See\r\nLocation: /there", true, 1, "shows the page"},
    {"302 Found\r\nLocation: http://localhost.evil.test/there", true, 1, "another server"},
    {"302 Found\r\nLocation: http://127.0.0.1:1/there", true, 1, "http://127.0.0.1:1/there"},
    {"302 Found\r\nLocation: //127.0.0.2/there", true, 1, "http://127.0.0.2/there"},
    {"302 Found\r\nLocation: file:///etc/passwd", true, 1, "another server"},
    {"302 Found\r\nLocation: /here", true, 6, "in a circle"},
    {"302 Found\r\nLocation: ", true, 1, ""},
};

START_TEST(follows_on_the_same_server_only)
{
    SITE(s);
    struct host h = {.serve = redirects};
    h.context = &h;
    target = redirections[_i].target;
    host_start(&h);
    TRANSPORT(t, s);
    struct scep_answer answer = {0};
    int rc = ask(&t, h.url, redirections[_i].post ? "ask" : NULL, &answer, &s.err);
    if (!redirections[_i].said) {
        site_ok(s, rc);
        ck_assert_int_eq(answer.status, 200);
        ck_assert_str_eq(buf_text(&answer.body), "hello");
    } else if (*redirections[_i].said) {
        ck_assert_msg(rc == -ERR_CONFIG, "%d %s", rc, s.err.text);
        ck_assert_msg(strstr(s.err.text, redirections[_i].said), "%s", s.err.text);
    } else {
        site_ok(s, rc);
        ck_assert_int_eq(answer.status, 302);
    }
    ck_assert_uint_eq(host_connections(&h), redirections[_i].asked);
    ck_assert_uint_eq(host_asked(&h, redirections[_i].post ? "POST /" : "GET /"),
                      redirections[_i].asked);
    ck_assert_uint_eq(host_asked(&h, "\r\n\r\nask\n"),
                      redirections[_i].post ? redirections[_i].asked : 0);
    buf_free(&answer.body);
    host_stop(&h);
}
END_TEST

START_TEST(a_challenge_follows_nowhere)
{
    SITE(s);
    struct host h = {.serve = redirects};
    h.context = &h;
    target = "302 Found\r\nLocation: /there";
    host_start(&h);
    TRANSPORT(t, s);
    struct scep_answer answer = {0};
    t.follow = false;
    site_ok(s, ask(&t, h.url, "ask", &answer, &s.err));
    ck_assert_int_eq(answer.status, 302);
    ck_assert_uint_eq(host_connections(&h), 1);
    buf_free(&answer.body);
    host_stop(&h);
}
END_TEST

/* --- Retry-After --- */

static const struct {
    const char *header;
    int64_t least, most;
} afters[] = {
    {"Retry-After: 120", 120, 120},
    {"Retry-After:  7 ", 7, 7},
    {"retry-after: 86400", 86400, 86400},
    {"Retry-After: 99999999", 86400, 86400},
    {"Retry-After: 99999999999999999999999999", 0, 86400},
    {"Retry-After: Fri, 31 Dec 2094 23:59:59 GMT", 86400, 86400},
    {"Retry-After: Fri, 31 Dec 1999 23:59:59 GMT", 0, 0},
    {"Retry-After: 0", 0, 0},
    {"Retry-After: -5", 0, 0},
    {"Retry-After: soon", 0, 0},
    {"Retry-After:", 0, 0},
    {"X: y", 0, 0},
};

START_TEST(hears_when_to_come_again)
{
    SITE(s);
    autofree char *text =
        text_format("HTTP/1.1 503 No\r\n%s\r\n" LENGTH5 "\r\nsorry", afters[_i].header);
    HOST(h) = {.serve = host_text, .context = text};
    host_start(&h);
    TRANSPORT(t, s);
    struct scep_answer answer = {0};
    site_ok(s, ask(&t, h.url, NULL, &answer, &s.err));
    ck_assert_int_eq(answer.status, 503);
    ck_assert_int_ge(answer.retry_after, afters[_i].least);
    ck_assert_int_le(answer.retry_after, afters[_i].most);
    buf_free(&answer.body);
}
END_TEST

/* --- IPv6 --- */

START_TEST(speaks_both_families)
{
    SITE(s);
    HOST(h) = {.serve = host_text, .context = OK_HEAD LENGTH5 "\r\nhello", .ipv6 = _i};
    host_start(&h);
    TRANSPORT(t, s);
    autofree char *named = text_format("http://localhost:%u/scep", h.port);
    const char *const urls[] = {h.url, named};
    for (size_t i = 0; i < LENGTH(urls); i++) {
        struct scep_answer answer = {0};
        site_ok(s, ask(&t, urls[i], NULL, &answer, &s.err));
        ck_assert_int_eq(answer.status, 200);
        buf_free(&answer.body);
    }
}
END_TEST

Suite *fetch_http_suite(void)
{
    Suite *suite = suite_create("fetch/http");
    TCase *tc = tcase_create("fetch_http");
    tcase_add_loop_test(tc, an_answer_or_an_error, 0, LENGTH(rows));
    tcase_add_test(tc, says_who_it_is_and_no_more);
    tcase_add_loop_test(tc, ends_by_itself, 0, LENGTH(hostile));
    tcase_add_test(tc, the_deadline_is_signet_fetchs_own);
    if (tests_long())
        tcase_add_test(tc, a_connection_has_a_deadline_of_its_own);
    tcase_add_test(tc, a_bomb_is_not_unpacked);
    tcase_add_loop_test(tc, follows_on_the_same_server_only, 0, LENGTH(redirections));
    tcase_add_test(tc, a_challenge_follows_nowhere);
    tcase_add_loop_test(tc, hears_when_to_come_again, 0, LENGTH(afters));
    tcase_add_loop_test(tc, speaks_both_families, 0, 2);
    suite_add_tcase(suite, tc);
    return suite;
}
