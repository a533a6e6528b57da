#include "fetch/redirect.h"

#include "base/cleanup.h"
#include "tests/suite.h"

#include <string.h>

#define HERE "http://ca.test/scep?operation=PKIOperation"

/* FOLLOWED: 1, 0: an answer as any other, -1: an error that says SAID. */
static const struct {
    int status;
    bool post;
    const char *from, *to;
    int followed;
    const char *said;
} rows[] = {
    {301, false, HERE, "http://ca.test/other", 1, NULL},
    {302, false, HERE, "http://ca.test/other", 1, NULL},
    {303, false, HERE, "http://ca.test/other", 1, NULL},
    {307, false, HERE, "http://ca.test/other", 1, NULL},
    {308, false, HERE, "http://ca.test/other", 1, NULL},
    {301, true, HERE, "http://ca.test/other", 1, NULL},
    {302, true, HERE, "http://ca.test/other", 1, NULL},
    {307, true, HERE, "http://ca.test/other", 1, NULL},
    {308, true, HERE, "http://ca.test/other", 1, NULL},
    {303, true, HERE, "http://ca.test/sorry.html", -1, "shows the page http://ca.test/sorry.html"},
    /* the same place, otherwise written */
    {301, false, HERE, "HTTP://CA.test:80/scep/", 1, NULL},
    {301, false, "https://ca.test:443/", "https://ca.test/x", 1, NULL},
    {301, false, "http://[::1]:8080/", "http://[::1]:8080/x", 1, NULL},
    {301, false, "http://[fe80::1%25lan0]/", "http://[fe80::1%25lan0]/x", 1, NULL},
    /* upgrades, of whatever port */
    {301, true, HERE, "https://ca.test/scep", 1, NULL},
    {301, true, "http://ca.test:8080/", "https://ca.test:8443/", 1, NULL},
    /* elsewhere */
    {301, false, HERE, "http://ca.test:8080/scep", -1, "http://ca.test:8080/scep"},
    {301, false, HERE, "http://evil.test/scep?a=b", -1, "http://evil.test/scep,"},
    {301, false, HERE, "http://ca.test.evil.test/", -1, "another server"},
    {301, false, HERE, "http://ca.test@evil.test/", -1, "another server"},
    {301, false, HERE, "http://a:b@ca.test/", -1, "another server"},
    {301, false, HERE, "https://www.ca.test/", -1, "another server"},
    {301, false, "https://ca.test/", "http://ca.test/", -1, "another server"},
    {301, false, "https://ca.test/", "https://ca.test:8443/", -1, "another server"},
    {301, false, "https://127.0.0.1/", "https://[::1]/", -1, "another server"},
    {301, false, "http://[fe80::1%25lan0]/", "http://[fe80::1%25wifi0]/", -1, "another server"},
    {301, false, "http://[fe80::1%25lan0]/", "https://[fe80::1]/", -1, "another server"},
    {301, false, HERE, "http://ca.test./scep", -1, "another server"},
    {301, false, HERE, "http://ca%2etest@evil.test/", -1, "another server"},
    {301, false, HERE, "http://ca.test\\@evil.test/", -1, "another server"},
    {301, false, HERE, "file:///etc/passwd", -1, "file:///etc/passwd"},
    {301, false, HERE, "ftp://ca.test/scep", -1, "ftp://ca.test/scep"},
    {301, false, HERE, "ldap://ca.test/", -1, "another server"},
    {301, false, HERE, "//", -1, "another server"},
    {301, false, HERE, "javascript:alert(1)", -1, "another server"},
    {302, false, HERE, "http://ca.test:99999/", -1, "another server"},
    /* no redirects */
    {200, false, HERE, "http://evil.test/", 0, NULL},
    {300, false, HERE, "http://evil.test/", 0, NULL},
    {304, false, HERE, "http://evil.test/", 0, NULL},
    {305, false, HERE, "http://evil.test/", 0, NULL},
    {306, false, HERE, "http://evil.test/", 0, NULL},
    {399, false, HERE, "http://evil.test/", 0, NULL},
    {503, false, HERE, "http://evil.test/", 0, NULL},
    {301, false, HERE, NULL, 0, NULL},
    {301, false, HERE, "", 0, NULL},
};

START_TEST(leads_home_or_nowhere)
{
    struct err err = {0};
    int rc = fetch_redirect(rows[_i].status, rows[_i].post, rows[_i].from, rows[_i].to, &err);
    ck_assert_msg((rc < 0 ? -1 : rc) == rows[_i].followed, "%d: %s", rc, err.text);
    if (rc < 0)
        ck_assert_msg(rc == -ERR_CONFIG && strstr(err.text, rows[_i].said), "%s", err.text);
}
END_TEST

Suite *fetch_redirect_suite(void)
{
    Suite *suite = suite_create("fetch/redirect");
    TCase *tc = tcase_create("fetch_redirect");
    tcase_add_loop_test(tc, leads_home_or_nowhere, 0, LENGTH(rows));
    suite_add_tcase(suite, tc);
    return suite;
}
