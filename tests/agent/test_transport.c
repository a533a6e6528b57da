#include "agent/transport.h"

#include "store/key.h"
#include "tests/agent/site.h"

#include <poll.h>
#include <signal.h>

static int call(struct transport *transport, const char *query, struct scep_answer *ret,
                struct err *err)
{
    autofree char *url = text_format("%s?operation=%s", site_url(), query);
    const struct scep_http http = {.url = url};
    return transport_call(transport, &http, ret, err);
}

static bool is_gone(pid_t pid)
{
    return kill(pid, 0) < 0; /* it was waited for, too */
}

START_TEST(many_exchanges_are_one_process)
{
    SITE(s);
    CLEANUP(transport_close) struct transport transport = {0};
    site_ok(s, transport_open(s.agent.fetch, NULL, &transport, &s.err));
    pid_t pid = transport.pid;
    for (int i = 0; i < 3; i++) {
        struct scep_answer answer = {0};
        site_ok(s, call(&transport, "GetCACaps", &answer, &s.err));
        ck_assert_int_eq(answer.status, 200);
        ck_assert_msg(strstr(buf_text(&answer.body), "POSTPKIOperation"), "%s",
                      buf_text(&answer.body));
        buf_free(&answer.body);
    }
    ck_assert_int_eq(transport.pid, pid);
    transport_close(&transport);
    ck_assert(is_gone(pid));
    transport_close(&transport); /* once more is nothing */
}
END_TEST

/* Whatever is asked after the operation's last answer, another process asks. */
START_TEST(after_the_last_answer_the_process_ends)
{
    SITE(s);
    CLEANUP(transport_close) struct transport transport = {0};
    autofree char *url = text_format("%s?operation=GetCACaps", site_url());
    site_ok(s, transport_open(s.agent.fetch, NULL, &transport, &s.err));
    pid_t pid = transport.pid;
    for (int i = 0; i < 2; i++) {
        struct scep_answer answer = {0};
        const struct scep_http last = {.url = url, .last = true};
        site_ok(s, transport_call(&transport, &last, &answer, &s.err));
        ck_assert_int_eq(answer.status, 200);
        ck_assert(i == 0 ? transport.pid == pid : is_gone(pid));
        buf_free(&answer.body);
    }
    pid = transport.pid;
    transport_close(&transport);
    ck_assert(is_gone(pid));
}
END_TEST

static void expect_answer(struct site *s, struct transport *transport)
{
    struct scep_answer answer = {0};
    site_ok(*s, call(transport, "GetCACaps", &answer, &s->err));
    ck_assert_int_eq(answer.status, 200);
    buf_free(&answer.body);
}

START_TEST(the_first_that_asks_takes_the_standby)
{
    SITE(s);
    const struct route straight = {0};
    CLEANUP(transport_close) struct transport standby = {0}, first = {0}, second = {0};
    site_ok(s, transport_open(s.agent.fetch, NULL, &standby, &s.err));
    pid_t pid = standby.pid;
    s.agent.standby = &standby;
    site_ok(s, transport_open_scep(&s.agent, &straight, &first, &s.err));
    site_ok(s, transport_open_scep(&s.agent, &straight, &second, &s.err));
    ck_assert_int_eq(standby.pid, 0);
    ck_assert_int_eq(first.pid, pid);
    ck_assert_int_ne(second.pid, pid);
    ck_assert(first.follow && first.route == &straight);
    expect_answer(&s, &first);
    expect_answer(&s, &second);
}
END_TEST

/* It has waited too long, or was killed. */
START_TEST(a_standby_that_has_gone_is_not_taken)
{
    SITE(s);
    const struct route straight = {0};
    CLEANUP(transport_close) struct transport standby = {0}, first = {0};
    site_ok(s, transport_open(s.agent.fetch, NULL, &standby, &s.err));
    pid_t pid = standby.pid;
    s.agent.standby = &standby;
    ck_assert_int_eq(kill(pid, SIGKILL), 0);
    struct pollfd end = {.fd = standby.lines.fd, .events = POLLIN};
    ck_assert_int_eq(poll(&end, 1, PATIENCE_MS), 1);
    site_ok(s, transport_open_scep(&s.agent, &straight, &first, &s.err));
    ck_assert(is_gone(pid));
    ck_assert_int_eq(standby.pid, 0);
    expect_answer(&s, &first);
}
END_TEST

static const struct {
    const char *rules;
    int status; /* 0: no answer */
} answers[] = {
    {"404", 404}, {"500", 500}, {"html", 200}, {"empty", 200}, {"close", 0}, {"cut-off", 0},
};

START_TEST(whatever_comes_back_is_an_answer)
{
    SITE(s);
    CLEANUP(transport_close) struct transport transport = {0};
    struct scep_answer answer = {0};
    site_ok(s, transport_open(s.agent.fetch, NULL, &transport, &s.err));
    pid_t pid = transport.pid;
    site_behave(answers[_i].rules);
    int rc = call(&transport, "GetCACaps", &answer, &s.err);
    if (answers[_i].status) {
        site_ok(s, rc);
        ck_assert_int_eq(answer.status, answers[_i].status);
        buf_free(&answer.body);
        return;
    }
    ck_assert_int_eq(rc, -ERR_RETRY);
    ck_assert_str_ne(s.err.text, "");
    ck_assert(is_gone(pid));

    /* The next call starts another. */
    site_behave("");
    site_ok(s, call(&transport, "GetCACaps", &answer, &s.err));
    ck_assert_int_eq(answer.status, 200);
    buf_free(&answer.body);
}
END_TEST

START_TEST(a_server_that_hangs_costs_the_timeout)
{
    SITE(s);
    CLEANUP(transport_close) struct transport transport = {0};
    struct scep_answer answer = {0};
    site_ok(s, transport_open(s.agent.fetch, NULL, &transport, &s.err));
    transport.timeout_ms = 600;
    site_behave("hang");
    ck_assert_int_eq(call(&transport, "GetCACaps", &answer, &s.err), -ERR_RETRY);
    ck_assert_msg(strstr(s.err.text, "timed out"), "%s", s.err.text);
    ck_assert(answer.timed_out);

    /* All exchanges together have a deadline, too. */
    transport.until = deadline_in(0);
    answer.timed_out = false;
    ck_assert_int_eq(call(&transport, "GetCACaps", &answer, &s.err), -ERR_RETRY);
    ck_assert_msg(strstr(s.err.text, "not asked"), "%s", s.err.text);
    ck_assert(answer.timed_out);
    site_behave("close");
    transport.until = PATIENCE;
    ck_assert_int_eq(call(&transport, "GetCACaps", &answer, &s.err), -ERR_RETRY);
    ck_assert(!answer.timed_out);
}
END_TEST

static const char *const urls[] = {
    "",
    "http://127.0.0.1:1/\nurl http://evil/",
    "http://127.0.0.1:1/a b",
    "http://127.0.0.1:1/\r",
    "file:///etc/passwd",
    "gopher://127.0.0.1:1/",
    "http://",
    "http://127.0.0.1:99999/",
    "http://127.0.0.1:1/refused",
};

START_TEST(urls_that_lead_nowhere_are_errors)
{
    SITE(s);
    CLEANUP(transport_close) struct transport transport = {0};
    struct scep_answer answer = {0};
    const struct scep_http http = {.url = urls[_i]};
    site_ok(s, transport_open(s.agent.fetch, NULL, &transport, &s.err));
    ck_assert_int_lt(transport_call(&transport, &http, &answer, &s.err), 0);
    ck_assert_str_ne(s.err.text, "");
    ck_assert_ptr_null(answer.body.data);
}
END_TEST

/* What stands in for signet-fetch, as a shell's script. */
static const struct {
    const char *script;
    const char *text;
} helpers[] = {
    {"read line; exit 0", ""},
    {"read line; exit 1", ""},
    {"read line; kill -9 $$", ""},
    {"cat", "an answer with url"},
    {"read line; printf 'error no such host\\n\\n'", "without class"},
    {"read line; printf 'sign ecdsa_sha256\\nbody 1\\n\\nx'; cat >/dev/null", "something signed"},
    {"read line; echo rubbish; cat >/dev/null", "line without value"},
    {"read line; echo; cat >/dev/null", "without status"},
    {"read line; printf 'status 200\\nbody 4\\n\\nabc'", ""},
    {"read line; printf 'status 999999999999\\nbody 0\\n\\n'", "status"},
    {"read line; printf 'status 200\\nbody 99999999999\\n\\n'", "body"},
    {"read line; printf 'status 200\\nbody -1\\n\\n'", "body"},
    {"read line; printf 'error retry no such host\\n\\n'", "no such host"},
    {"read line; printf 'timeout retry no such host\\n\\n'", "no such host"},
    {"read line; printf 'timeout\\n\\n'", ""},
    {"head -c 200000 /dev/zero | tr '\\0' x; cat >/dev/null", "a line of more than"},
    {"exec sleep 60", "timed out"},
};

START_TEST(a_helper_that_fails_is_told_apart)
{
    SITE(s);
    CLEANUP(transport_close) struct transport transport = {0};
    struct scep_answer answer = {0};
    autofree char *script = text_format("#!/bin/sh\n%s\n", helpers[_i].script);
    autotemp temp;
    temp_open(&temp); /* the site's may be where nothing can be executed */
    temp_file(&temp, "helper", 0755, script);
    autofree char *path = text_format("%s/helper", temp.path);
    site_ok(s, transport_open(path, NULL, &transport, &s.err));
    pid_t pid = transport.pid;
    transport.timeout_ms = strstr(helpers[_i].script, "sleep") ? 300 : PATIENCE_MS;
    ck_assert_int_lt(call(&transport, "GetCACaps", &answer, &s.err), 0);
    ck_assert_msg(strstr(s.err.text, helpers[_i].text), "%s", s.err.text);
    ck_assert_msg(strncmp(s.err.text, "signet-fetch: ", 14) == 0 ||
                      strcmp(s.err.text, "no such host") == 0,
                  "%s", s.err.text);
    ck_assert(is_gone(pid));
}
END_TEST

/* Every signature is one more by a key of ours, and a TPM's take a while. */
START_TEST(signs_for_one_exchange_and_no_more)
{
    static const char script[] =
        "#!/bin/sh\nread line\nwhile printf 'sign x\\nbody 1\\n\\nx'; do :; done\n";
    SITE(s);
    CLEANUP(route_close) struct route route = {0};
    CLEANUP(transport_close) struct transport transport = {0};
    struct scep_answer answer = {0};
    autotemp temp;
    temp_open(&temp);
    temp_file(&temp, "helper", 0755, script);
    autofree char *path = text_format("%s/helper", temp.path);
    site_ok(s, key_generate(true, 256, &route.key, &s.err));
    site_ok(s, transport_open(path, NULL, &transport, &s.err));
    transport.route = &route;
    transport.timeout_ms = PATIENCE_MS;
    ck_assert_int_eq(call(&transport, "GetCACaps", &answer, &s.err), -ERR_BUG);
    ck_assert_msg(strstr(s.err.text, "wants something signed"), "%s", s.err.text);
}
END_TEST

Suite *transport_suite(void)
{
    Suite *suite = suite_create("agent/transport");
    TCase *tc = tcase_create("transport");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_add_test(tc, many_exchanges_are_one_process);
    tcase_add_test(tc, after_the_last_answer_the_process_ends);
    tcase_add_test(tc, the_first_that_asks_takes_the_standby);
    tcase_add_test(tc, a_standby_that_has_gone_is_not_taken);
    tcase_add_loop_test(tc, whatever_comes_back_is_an_answer, 0, LENGTH(answers));
    tcase_add_test(tc, a_server_that_hangs_costs_the_timeout);
    tcase_add_loop_test(tc, urls_that_lead_nowhere_are_errors, 0, LENGTH(urls));
    tcase_add_loop_test(tc, a_helper_that_fails_is_told_apart, 0, LENGTH(helpers));
    tcase_add_test(tc, signs_for_one_exchange_and_no_more);
    suite_add_tcase(suite, tc);
    return suite;
}
