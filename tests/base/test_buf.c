#include "base/buf.h"

#include "tests/suite.h"
#include <string.h>

START_TEST(grows_and_stays_terminated)
{
    autobuf b = {0};
    struct err err;
    ck_assert_str_eq(buf_text(&b), "");
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(buf_add(&b, "abc", 3, &err), 0);
    ck_assert_uint_eq(b.len, 3000);
    ck_assert_uint_eq(strlen(buf_text(&b)), 3000);
}
END_TEST

static const size_t too_much[] = {BUF_MAX, BUF_MAX + 1, SIZE_MAX / 2, SIZE_MAX - 1, SIZE_MAX};

START_TEST(refuses_past_the_maximum)
{
    autobuf b = {0};
    struct err err = {0};
    ck_assert_int_eq(buf_add_text(&b, "x", &err), 0);
    ck_assert_int_eq(buf_reserve(&b, too_much[_i], &err), -ERR_RESOURCE);
    ck_assert_uint_eq(b.len, 1);
    ck_assert_ptr_nonnull(strstr(err.text, "bytes"));
}
END_TEST

static const struct {
    const char *a, *b;
    bool equal;
} pairs[] = {
    {"", "", true},   {"a", "a", true},   {"a", "b", false},           {"a", "", false},
    {"", "a", false}, {"ab", "a", false}, {"secret", "secreT", false},
};

START_TEST(compares)
{
    autobuf a = {0}, b = {0};
    ck_assert_int_eq(buf_add_text(&a, pairs[_i].a, NULL), 0);
    ck_assert_int_eq(buf_add_text(&b, pairs[_i].b, NULL), 0);
    ck_assert(buf_equal(&a, &b) == pairs[_i].equal);
}
END_TEST

Suite *buf_suite(void)
{
    Suite *suite = suite_create("base/buf");
    TCase *tc = tcase_create("buf");
    tcase_add_test(tc, grows_and_stays_terminated);
    tcase_add_loop_test(tc, refuses_past_the_maximum, 0, LENGTH(too_much));
    tcase_add_loop_test(tc, compares, 0, LENGTH(pairs));
    suite_add_tcase(suite, tc);
    return suite;
}
