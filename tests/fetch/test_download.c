#include "fetch/download.h"

#include "base/cleanup.h"
#include "tests/suite.h"

#include <string.h>

#define START 1000000

/* What has come by when, in the order of time; the last of it is too slow where it says so. */
static const struct {
    struct {
        int64_t ms;
        size_t headers;
    } steps[6];
    int rc;
} paces[] = {
    {{{0, 0}, {9999999, 0}}, 0}, /* a CA that thinks */
    {{{0, 0}, {9999999, 1}, {10009998, 1}}, 0},
    {{{0, 1}, {9999, 1}}, 0},
    {{{0, 1}, {10000, 1}}, -ERR_RETRY},
    {{{0, 1}, {10000, 256}}, -ERR_RETRY},
    {{{0, 1}, {10000, 257}}, 0},
    {{{0, 1}, {9000, 257}, {18999, 257}}, 0},
    {{{0, 1}, {9000, 257}, {19000, 300}}, -ERR_RETRY},
    {{{0, 1}, {1000, 2}, {2000, 3}, {3000, 4}, {10000, 11}}, -ERR_RETRY},
    {{{0, 60000}, {99999, 60256}}, 0},
};

/* Behind a 1xx answer a server may think on. */
START_TEST(thinking_is_no_trickle)
{
    struct fetch_download d = {.limit = 1, .headers = 30, .interim = 30};
    ck_assert_int_eq(fetch_download_pace(&d, START), 0);
    ck_assert_int_eq(fetch_download_pace(&d, START + 10 * FETCH_PACE_MS), 0);
    d.headers = 31;
    ck_assert_int_eq(fetch_download_pace(&d, START + 10 * FETCH_PACE_MS), 0);
    ck_assert_int_eq(fetch_download_pace(&d, START + 11 * FETCH_PACE_MS), -ERR_RETRY);
}
END_TEST

START_TEST(a_trickle_is_not_waited_for)
{
    struct fetch_download d = {.limit = 1};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < 6 && (i == 0 || paces[_i].steps[i].ms); i++) {
        d.headers = paces[_i].steps[i].headers;
        rc = fetch_download_pace(&d, START + paces[_i].steps[i].ms);
    }
    ck_assert_int_eq(rc, paces[_i].rc);
    ck_assert(rc == 0 || strstr(d.err.text, "trickles"));
}
END_TEST

Suite *fetch_download_suite(void)
{
    Suite *suite = suite_create("fetch/download");
    TCase *tc = tcase_create("fetch_download");
    tcase_add_loop_test(tc, a_trickle_is_not_waited_for, 0, LENGTH(paces));
    tcase_add_test(tc, thinking_is_no_trickle);
    suite_add_tcase(suite, tc);
    return suite;
}
