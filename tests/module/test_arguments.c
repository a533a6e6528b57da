#include "module/arguments.h"

#include "base/cleanup.h"
#include "tests/suite.h"

static const struct {
    const char *text;
    bool taken;
    struct arguments expected;
} rows[] = {
    {"wait=5", true, {.wait = 5, .min_uid = -1}},
    {"wait=0", true, {.min_uid = -1}},
    {"wait=600", true, {.wait = 600, .min_uid = -1}},
    {"min-uid=0", true, {.min_uid = 0}},
    {"min-uid=4294967294", true, {.min_uid = 4294967294}},
    {"debug", true, {.min_uid = -1, .debug = true}},
    {"socket=/tmp/x", true, {.min_uid = -1, .socket = "/tmp/x"}},

    {"", false, {.min_uid = -1}},
    {"wait", false, {.min_uid = -1}},
    {"wait=", false, {.min_uid = -1}},
    {"wait=-1", false, {.min_uid = -1}},
    {"wait=601", false, {.min_uid = -1}},
    {"wait=5s", false, {.min_uid = -1}},
    {"wait= 5", false, {.min_uid = -1}},
    {"wait=99999999999999999999", false, {.min_uid = -1}},
    {"min-uid=", false, {.min_uid = -1}},
    {"min-uid=-1", false, {.min_uid = -1}},
    {"min-uid=4294967295", false, {.min_uid = -1}},
    {"min-uid=0x10", false, {.min_uid = -1}},
    {"min_uid=5", false, {.min_uid = -1}},
    {"debug=1", false, {.min_uid = -1}},
    {"Debug", false, {.min_uid = -1}},
    {"socket=", false, {.min_uid = -1}},
    {"socket=agent.sock", false, {.min_uid = -1}},
    {"use_first_pass", false, {.min_uid = -1}},
};

START_TEST(takes_what_it_knows)
{
    struct arguments a = arguments_default(), before = a;
    ck_assert(arguments_take(&a, rows[_i].text) == rows[_i].taken);
    ck_assert_uint_eq(a.wait, rows[_i].expected.wait);
    ck_assert_int_eq(a.min_uid, rows[_i].expected.min_uid);
    ck_assert(a.debug == rows[_i].expected.debug);
    ck_assert_str_eq(a.socket, rows[_i].expected.socket ? rows[_i].expected.socket : before.socket);
}
END_TEST

Suite *arguments_suite(void)
{
    Suite *suite = suite_create("module/arguments");
    TCase *tc = tcase_create("arguments");
    tcase_add_loop_test(tc, takes_what_it_knows, 0, LENGTH(rows));
    suite_add_tcase(suite, tc);
    return suite;
}
