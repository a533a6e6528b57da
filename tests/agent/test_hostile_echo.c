/* A proxy and a server of bad will that say back all they were sent, in every place that an
 * administrator is told of: neither the state on disk, nor the journal, nor the status may hold a
 * secret of ours. */
#include "agent/cycle.h"

#include "agent/report.h"
#include "base/json.h"
#include "base/log.h"
#include "tests/agent/site.h"
#include "tests/fetch/host.h"

#include <sys/stat.h>

#define PASSWORD "s3t p<ss&%41"

/* As it is, as it went out, and as a page may have it. */
static const char *const forms[] = {
    PASSWORD,           "Ym9iOnMzdCBwPHNzJiU0MQ==", /* bob:... */
    "czN0IHA8c3MmJTQx", "s3t%20p%3Css%26%2541",     "s3t p&lt;ss&amp;%41",
    "s3t p<ss",         "Ym9iOnMzdCBwPHNz",
};

/* What it has to say, besides what it was asked; of a redirect, where it leads. */
struct echo {
    const char *status;
    bool moved;
    int form; /* of forms[]; -1: the request itself */
};

static void say_back(struct host_line *line, const void *context)
{
    const struct echo *echo = context;
    autobuf request = {0};
    if (!host_read(line, &request))
        return;
    /* The header first: no more than the beginning of a page is told. */
    const char *header = strstr(buf_text(&request), "Proxy-Authorization");
    const char *text = echo->form >= 0 ? forms[echo->form] : header ? header : "no header";
    autofree char *place = strdup(text);
    for (char *p = place; *p; p++)
        *p = strchr(" \r\n<", *p) ? '+' : *p;
    autofree char *answer =
        echo->moved
            ? text_format(
                  "HTTP/1.1 %s\r\nLocation: http://else.test/%s\r\nContent-Length: 0\r\n\r\n",
                  echo->status, place)
            : text_format("HTTP/1.1 %s\r\nContent-Type: text/html\r\nX: %s\r\n"
                          "Content-Length: %zu\r\n\r\n<html>%s",
                          echo->status, place, strlen(text) + 6, text);
    host_say(line, answer);
}

static const struct echo echoes[] = {
    {"500 No", false, -1},   {"403 No", false, -1},  {"200 OK", false, -1},  {"503 No", false, 0},
    {"404 No", false, 1},    {"200 OK", false, 2},   {"502 No", false, 3},   {"500 No", false, 4},
    {"302 Found", true, -1}, {"302 Found", true, 1}, {"301 Moved", true, 3}, {"407 Who", false, -1},
};

static void tells_nothing(const char *where, const char *text)
{
    ck_assert_msg(*text, "%s: nothing is told", where);
    for (size_t i = 0; i < LENGTH(forms); i++)
        ck_assert_msg(!strstr(text, forms[i]), "%s: %s", where, text);
}

/* A cycle of the device; malloc'ed: what was logged. */
static char *cycle(struct site *s)
{
    static const struct owner device = {.device = true};
    const struct cycle all = {.owners = &device, .n_owners = 1, .mode = ENGINE_CYCLE};
    site_listen(s, LOG_DEBUG);
    site_load(s);
    int rc = cycle_run(&s->agent, &all, &s->next, &s->err);
    char *heard = site_heard(s);
    ck_assert_int_lt(rc, 0);
    return heard;
}

static void put_profile(struct site *s, const char *url, const char *proxy, const char *lines)
{
    autofree char *path = text_format("%s/login", s->conf);
    autofree char *text = text_format("[scep wifi]\ntype = device\nroot = root\nkey-type = ec\n"
                                      "url = %s\nproxy = %s\n" SITE_BOX "\n%s\n",
                                      url, proxy, lines);
    site_put(s, "login", "bob:" PASSWORD "\n");
    ck_assert_int_eq(chmod(path, 0600), 0);
    site_put(s, "conf.d/wifi.conf", text);
}

static void check(struct site *s)
{
    static const struct owner device = {.device = true};
    autojson *list = json_array();
    autobuf shown = {0};
    autofree char *journal = cycle(s);
    autofree char *state = site_read(site_file(s, "wifi", "state.json"));
    site_ok(*s, report_owner(&s->agent, &device, "wifi", false, list, &s->err));
    site_ok(*s, json_print(json_array_get(list, 0), &shown, &s->err));
    tells_nothing("journal", journal);
    tells_nothing("state.json", state);
    tells_nothing("status", buf_text(&shown));
}

START_TEST(a_proxy_that_repeats_its_password)
{
    SITE(s);
    HOST(proxy) = {.serve = say_back, .context = &echoes[_i]};
    host_start(&proxy);
    autofree char *address = text_format("http://127.0.0.1:%u", proxy.port);
    put_profile(&s, site_url(), address, "proxy-secret = file:login");
    check(&s);
    ck_assert_uint_ge(host_asked(&proxy, "Proxy-Authorization: Basic Ym9iOnMzdCBwPHNzJiU0MQ=="), 1);
}
END_TEST

START_TEST(a_server_for_challenges_that_repeats_its_password)
{
    SITE(s);
    if (strncmp(echoes[_i].status, "407", 3) == 0)
        return; /* a proxy's word */
    HOST(server) = {.serve = say_back, .context = &echoes[_i]};
    host_start(&server);
    autofree char *lines =
        text_format("challenge = webhook:%s\nchallenge-auth = basic\nchallenge-user = bob\n"
                    "challenge-secret = file:password",
                    server.url);
    autofree char *path = text_format("%s/password", s.conf);
    site_put(&s, "password", PASSWORD "\n");
    ck_assert_int_eq(chmod(path, 0600), 0);
    put_profile(&s, site_url(), "none", lines);
    site_put(&s, "login", NULL);
    check(&s);
    ck_assert_uint_ge(host_asked(&server, "Authorization: Basic Ym9iOnMzdCBwPHNzJiU0MQ=="), 1);
}
END_TEST

Suite *hostile_echo_suite(void)
{
    Suite *suite = suite_create("agent/job, who repeats our secrets");
    TCase *tc = tcase_create("echo");
    tcase_add_unchecked_fixture(tc, site_ca_start, site_ca_stop);
    tcase_add_loop_test(tc, a_proxy_that_repeats_its_password, 0, LENGTH(echoes));
    tcase_add_loop_test(tc, a_server_for_challenges_that_repeats_its_password, 0, LENGTH(echoes));
    suite_add_tcase(suite, tc);
    return suite;
}
