#include "profile/url.h"

#include "base/cleanup.h"
#include "tests/suite.h"

#include <stddef.h>
#include <string.h>

/* What is no URL stands in test_profile.c, with the key that has it. */
static const struct {
    const char *url;
    bool exposed;
} urls[] = {
    {"http://h", true},
    {"http://h/", true},
    {"HTTP://h:80/x?y", true},
    {"https://h/", false},
    {"HTTPS://h", false},
    {"http://localhost", false},
    {"http://LocalHost:8080/x", false},
    {"http://127.0.0.1/", false},
    {"http://127.0.0.1?x", false},
    {"http://[::1]:80/", false},
    {"http://localhost.evil/", true},
    {"http://localhostess/", true},
    {"http://127.0.0.11/", true},
    {"http://h/127.0.0.1/", true},
    {"http://[::1:2]/", true},
};

START_TEST(http_to_elsewhere_is_in_clear)
{
    ck_assert_ptr_null(url_fault(urls[_i].url).text);
    ck_assert_int_eq(url_is_exposed(urls[_i].url), urls[_i].exposed);
}
END_TEST

static const struct {
    const char *url, *host;
} hosts[] = {
    {"http://h", "h"},
    {"https://ca.example.com:8080/scep", "ca.example.com"},
    {"HTTP://127.0.0.1?x=http://other/", "127.0.0.1"},
    {"http://[::1]:80/", "::1"},
    {"http://[fe80::1]", "fe80::1"},
    /* What url_fault() refuses reaches no end but that of the text. */
    {"http://", ""},
    {"http:///x", ""},
    {"http://:80", ""},
    {"http://[::1", "::1"},
    {"http://[", ""},
    {"http://[]", ""},
    {"", ""},
};

START_TEST(a_host_stands_alone)
{
    size_t len;
    const char *host = url_host(hosts[_i].url, &len);
    ck_assert_uint_eq(len, strlen(hosts[_i].host));
    ck_assert_int_eq(strncmp(host, hosts[_i].host, len), 0);
}
END_TEST

Suite *url_suite(void)
{
    Suite *suite = suite_create("profile/url");
    TCase *tc = tcase_create("url");
    tcase_add_loop_test(tc, http_to_elsewhere_is_in_clear, 0, LENGTH(urls));
    tcase_add_loop_test(tc, a_host_stands_alone, 0, LENGTH(hosts));
    suite_add_tcase(suite, tc);
    return suite;
}
