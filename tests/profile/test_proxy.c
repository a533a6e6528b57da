#include "profile/proxy.h"

#include "base/fs.h"
#include "profile/profile.h"
#include "tests/profile/place.h"
#include "tests/suite.h"

#include <string.h>

static const struct {
    const char *item, *url;
    bool excepted;
} rows[] = {
    {"ca.test", "http://ca.test/scep", true},
    {"ca.test", "https://CA.TEST:8443", true},
    {".ca.test", "http://ca.test/", true},
    {"test", "http://ca.test?x", true},
    {".test", "http://ca.test/", true},
    {"*", "http://anything/", true},
    {"127.0.0.1", "http://127.0.0.1:80/", true},
    {"::1", "http://[::1]:80/", true},
    {"::1", "https://[::1]/", true},
    {"ca.test", "http://notca.test/", false},
    {"ca.test", "http://ca.test.evil.test/", false},
    {"ca.test", "http://c/ca.test", false},
    {"ca.test", "http://test/", false},
    {"www.ca.test", "http://ca.test/", false},
    {"127.0.0.1", "http://127.0.0.10/", false},
    {"1", "http://[::1]/", false},
    {"", "http://ca.test/", false},
    /* addresses, however they are written */
    {"::1", "http://[0:0::0001]/", true},
    {"FD00::A", "http://[fd00::a]:80/", true},
    {"::1", "http://[::2]/", false},
    /* networks */
    {"10.0.0.0/8", "http://10.1.2.3/scep", true},
    {"10.0.0.0/8", "http://10.255.255.255:8080/", true},
    {"10.9.9.9/8", "http://10.1.2.3/", true},
    {"10.0.0.0/8", "http://11.0.0.0/", false},
    {"10.0.0.0/8", "http://10.ca.test/", false},
    {"10.0.0.0/8", "http://ca.test/10.1.2.3", false},
    {"172.16.0.0/12", "http://172.31.255.255/", true},
    {"172.16.0.0/12", "http://172.32.0.0/", false},
    {"192.168.7.129/25", "http://192.168.7.128/", true},
    {"192.168.7.129/25", "http://192.168.7.127/", false},
    {"192.168.7.1/32", "http://192.168.7.1/", true},
    {"192.168.7.1/32", "http://192.168.7.0/", false},
    {"0.0.0.0/0", "http://8.8.8.8/", true},
    {"0.0.0.0/0", "http://[::1]/", false},
    {"0.0.0.0/0", "http://ca.test/", false},
    {"fd00::/8", "http://[fdff:1::2]/scep", true},
    {"fd00::/8", "https://[FD12::1]:8443/", true},
    {"fd00::/8", "http://[fe80::1]/", false},
    {"fd00::/8", "http://10.0.0.1/", false},
    {"fd00::/63", "http://[fd00:0:0:1::]/", true},
    {"fd00::/63", "http://[fd00:0:0:2::]/", false},
    {"::/0", "http://[2001:db8::1]/", true},
    {"::1/128", "http://[::1]/", true},
    {"::1/128", "http://[::]/", false},
};

START_TEST(knows_its_exceptions)
{
    char other[] = "another.test", *item = strdup(rows[_i].item), *items[] = {other, item};
    const struct strings list = {.v = items, .n = 2};
    ck_assert_int_eq(proxy_excepts(&list, rows[_i].url), rows[_i].excepted);
    ck_assert(!proxy_excepts(&(struct strings){0}, rows[_i].url));
    free(item);
}
END_TEST

/* --- how it is read --- */

static const char *place;
static struct profile_set set;

static void before(void)
{
    place = make_place();
    put("ca.pem", 0644, test_ca_pem);
    put("login", 0640, "bob:hun:ter2\n");
    put("no-login", 0640, "hunter2\n");
    put("conf.d/1.conf", 0644, "[trusted-root x]\ncertificate = ca.pem\n");
}

static void after(void)
{
    profile_set_free(&set);
    remove_place();
}

/* In a file that others cannot read. */
static const struct {
    const char *lines, *url, *login, *said;
} values[] = {
    {"proxy = none", NULL, "", NULL},
    {"proxy = http://p.test:3128", "http://p.test:3128", "", NULL},
    {"proxy = http://p.test:3128/", "http://p.test:3128", "", NULL},
    {"proxy = HTTP://[::1]:3128", "HTTP://[::1]:3128", "", NULL},
    {"proxy = http://bob:hunter2@p.test:3128", "http://p.test:3128", "bob:hunter2", NULL},
    {"proxy = http://CORP%5Cbob:a%40b%3a%25@p.test:1/", "http://p.test:1", "CORP\\bob:a@b:%", NULL},
    {"proxy = http://bob:a@b@p.test:1", "http://p.test:1", "bob:a@b", NULL},
    {"proxy = http://p.test:1\nproxy-secret = file:login", "http://p.test:1", "bob:hun:ter2", NULL},
    {"proxy = http://p.test:1\nproxy-secret = file:no-login", "http://p.test:1", NULL,
     "does not hold USER:PASSWORD"},
    {"proxy = http://bob@p.test:1", NULL, NULL, "a name without a password"},
    {"proxy = http://bob:a%0ab@p.test:1", NULL, NULL, "a control character"},
    {"proxy = http://bob:a%00b@p.test:1", NULL, NULL, "a control character"},
    {"proxy = http://bob:a%@p.test:1", NULL, NULL, "%25"},
    {"proxy = http://bob:a%4@p.test:1", NULL, NULL, "%25"},
    {"proxy = http://bob:a@p.test", NULL, NULL, "needs its port"},
    {"proxy = http://bob:a@p.test:1\nproxy-secret = file:login", NULL, NULL,
     "has a name and a password already"},
};

static void judge(const struct proxy *proxy, int i)
{
    autobuf login = {0};
    struct err err = {0};
    ck_assert(proxy->set);
    ck_assert(values[i].url ? proxy->url && strcmp(proxy->url, values[i].url) == 0 : !proxy->url);
    int rc = proxy_login(proxy, &login, &err);
    if (values[i].login)
        ck_assert_str_eq(buf_text(&login), values[i].login);
    else
        ck_assert_msg(rc == -ERR_CONFIG && strstr(err.text, values[i].said), "%s", err.text);
}

START_TEST(reads_a_proxy)
{
    for (int agent = 0; agent < 2; agent++) {
        autofree char *text = text_format(
            "%s%s\n", agent ? "[agent]\n" : "[scep x]\nsubject = CN=x\nroot = x\nurl = http://h/\n",
            values[_i].lines);
        put(agent ? "signet.conf" : "conf.d/2.conf", 0640, text);
        ck_assert_int_eq(profile_load(place, &set, NULL), 0);
        if (!values[_i].login && !values[_i].url) {
            ck_assert_uint_eq(set.problems.n, 1);
            ck_assert_msg(strstr(set.problems.v[0].text, values[_i].said), "%s",
                          set.problems.v[0].text);
            ck_assert_ptr_null(strstr(set.problems.v[0].text, "bob"));
        } else {
            ck_assert_msg(set.problems.n == 0, "%s", set.problems.v[0].text);
            judge(agent ? &set.settings.proxy : &profile_find(&set, PROFILE_SCEP, "x")->scep.proxy,
                  _i);
        }
        after();
        before();
    }
}
END_TEST

/* --- tls-certificate: who may name whom --- */

#define SCEP(name, lines) "[scep " name "]\nsubject = CN=x\nroot = x\nurl = https://h/\n" lines "\n"
#define DEVICE            "type = device\n"
#define TLS(name)         "tls-certificate = " name "\n"

static const struct {
    const char *text;
    size_t stand, problems; /* how many of each */
    const char *said;       /* by the first problem */
    unsigned depth;         /* of the profile a, where it stands */
} links[] = {
    {SCEP("a", "") SCEP("b", DEVICE), 2, 0, NULL, 0},
    {SCEP("a", TLS("b")) SCEP("b", DEVICE), 2, 0, NULL, 1},
    {SCEP("a", TLS("b")) SCEP("b", ""), 2, 0, NULL, 1},
    {SCEP("a", DEVICE TLS("b")) SCEP("b", DEVICE TLS("c")) SCEP("c", DEVICE), 3, 0, NULL, 2},
    {SCEP("a", DEVICE TLS("b")) SCEP("b", ""), 1, 1, "is for users, and this is a device profile",
     0},
    {SCEP("a", TLS("a")), 0, 1, "leads back to this one", 0},
    {SCEP("a", TLS("b")) SCEP("b", TLS("a")), 0, 2, "leads back to this one", 0},
    {SCEP("a", TLS("b")) SCEP("b", TLS("c")) SCEP("c", TLS("b")), 0, 3, "problem of its own", 0},
    {SCEP("a", TLS("bb")) SCEP("b", ""), 1, 1, "there is no [scep bb] (did you mean b?)", 0},
    {SCEP("a", TLS("x")), 0, 1, "there is no [scep x]", 0},
    {SCEP("a", TLS("b")) SCEP("b", TLS("c")) SCEP("c", "hash = md5"), 0, 3, "a problem of its own",
     0},
};

START_TEST(links_to_what_stands)
{
    put("conf.d/2.conf", 0644, links[_i].text);
    ck_assert_int_eq(profile_load(place, &set, NULL), 0);
    ck_assert_uint_eq(set.problems.n, links[_i].problems);
    ck_assert_uint_eq(set.n - 1, links[_i].stand); /* and the root */
    if (links[_i].said)
        ck_assert_msg(strstr(set.problems.v[0].text, links[_i].said), "%s", set.problems.v[0].text);
    const struct profile *a = profile_find(&set, PROFILE_SCEP, "a");
    if (a)
        ck_assert_uint_eq(profile_depth(&set, a), links[_i].depth);
}
END_TEST

Suite *proxy_suite(void)
{
    Suite *suite = suite_create("profile/proxy");
    TCase *tc = tcase_create("proxy");
    tcase_add_loop_test(tc, knows_its_exceptions, 0, LENGTH(rows));
    suite_add_tcase(suite, tc);
    tc = tcase_create("conf.d");
    tcase_add_checked_fixture(tc, before, after);
    tcase_add_loop_test(tc, reads_a_proxy, 0, LENGTH(values));
    tcase_add_loop_test(tc, links_to_what_stands, 0, LENGTH(links));
    suite_add_tcase(suite, tc);
    return suite;
}
