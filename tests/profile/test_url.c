#include "profile/url.h"

#include "base/cleanup.h"
#include "tests/suite.h"

#include <stddef.h>

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

Suite *url_suite(void)
{
    Suite *suite = suite_create("profile/url");
    TCase *tc = tcase_create("url");
    tcase_add_loop_test(tc, http_to_elsewhere_is_in_clear, 0, LENGTH(urls));
    suite_add_tcase(suite, tc);
    return suite;
}
