#include "base/err.h"

#include "base/cleanup.h"
#include "tests/suite.h"

#include <errno.h>
#include <string.h>

START_TEST(one_line_whatever_a_server_says)
{
    struct err err;
    ck_assert_int_eq(err_set(&err, ERR_RETRY, "said: %s", "a\nb\r\x1b[31mc\x7f\t\xc3\xa9"),
                     -ERR_RETRY);
    ck_assert_str_eq(err.text, "said: a?b??[31mc??\xc3\xa9");
    err_set(&err, ERR_RETRY, "said: %s", "\xc2\x9b\x33\x31m \xe2\x80\xae \xef\xbb\xbf!");
    ck_assert_str_eq(err.text, "said: ?31m ? ?!"); /* CSI in one character; right to left; unseen */
    err_set(&err, ERR_RETRY, "said: \xff\xc3(\xe2\x82");
    ck_assert_str_eq(err.text, "said: ?\?(?\?");
}
END_TEST

START_TEST(a_text_cut_inside_a_character_is_still_utf8)
{
    struct err err;
    err_set(&err, ERR_RETRY, "%0*d\xc3\xa9", ERR_TEXT_MAX - 2, 0);
    ck_assert_uint_eq(strlen(err.text), ERR_TEXT_MAX - 1);
    ck_assert_int_eq(err.text[ERR_TEXT_MAX - 2], '?');
}
END_TEST

static const struct {
    int number;
    enum err_class class;
} numbers[] = {
    {ENOSPC, ERR_RESOURCE}, {ENOMEM, ERR_RESOURCE}, {EDQUOT, ERR_RESOURCE},
    {EMFILE, ERR_RESOURCE}, {EACCES, ERR_DENIED},   {EPERM, ERR_DENIED},
    {ELOOP, ERR_DENIED},    {EIO, ERR_RETRY},       {ECONNREFUSED, ERR_RETRY},
};

START_TEST(errno_decides_the_class)
{
    struct err err;
    errno = numbers[_i].number;
    ck_assert_int_eq(err_errno(&err, "%s", "/x"), -(int)numbers[_i].class);
    ck_assert_int_eq(strncmp(err.text, "/x: ", 4), 0);
}
END_TEST

START_TEST(context_goes_in_front_and_keeps_the_class)
{
    struct err err;
    err_set(&err, ERR_DENIED, "no");
    ck_assert_int_eq(err_context(&err, "profile %s", "wifi"), -ERR_DENIED);
    ck_assert_str_eq(err.text, "profile wifi: no");
    for (int i = 0; i < 200; i++)
        err_context(&err, "%0100d", i); /* never past its room */
    ck_assert_uint_lt(strlen(err.text), ERR_TEXT_MAX);
}
END_TEST

START_TEST(a_place_stays_with_its_error)
{
    static const char input[] = "a, b";
    struct err err;
    ck_assert_int_eq(err_set(&err, ERR_CONFIG, "no b"), -ERR_CONFIG);
    ck_assert_ptr_null(err.at);
    ck_assert_int_eq(err_at(&err, input + 3, 1), -ERR_CONFIG);
    ck_assert_int_eq(err_context(&err, "list"), -ERR_CONFIG);
    ck_assert_str_eq(err.text, "list: no b");
    ck_assert_ptr_eq(err.at, input + 3);
    ck_assert_uint_eq(err.at_len, 1);
    err_set(&err, ERR_CONFIG, "another");
    ck_assert_ptr_null(err.at);
}
END_TEST

START_TEST(nobody_has_to_listen)
{
    ck_assert_int_eq(err_set(NULL, ERR_BUG, "x"), -ERR_BUG);
    ck_assert_int_eq(err_memory(NULL), -ERR_RESOURCE);
}
END_TEST

static const struct {
    const char *name;
    int class;
} classes[] = {
    {"retry", ERR_RETRY},
    {"denied", ERR_DENIED},
    {"config", ERR_CONFIG},
    {"resource", ERR_RESOURCE},
    {"bug", ERR_BUG},
    {"", 0},
    {"Retry", 0},
    {"retry ", 0},
    {"retr", 0},
    {"end", 0},
};

START_TEST(classes_have_names)
{
    enum err_class class = err_class_named(classes[_i].name);
    ck_assert_int_eq(class, classes[_i].class);
    if (class)
        ck_assert_str_eq(err_class_name(class), classes[_i].name);
    else
        ck_assert_ptr_null(err_class_name(class));
}
END_TEST

Suite *err_suite(void)
{
    Suite *suite = suite_create("base/err");
    TCase *tc = tcase_create("err");
    tcase_add_test(tc, one_line_whatever_a_server_says);
    tcase_add_test(tc, a_text_cut_inside_a_character_is_still_utf8);
    tcase_add_loop_test(tc, errno_decides_the_class, 0, LENGTH(numbers));
    tcase_add_test(tc, context_goes_in_front_and_keeps_the_class);
    tcase_add_test(tc, a_place_stays_with_its_error);
    tcase_add_test(tc, nobody_has_to_listen);
    tcase_add_loop_test(tc, classes_have_names, 0, LENGTH(classes));
    suite_add_tcase(suite, tc);
    return suite;
}
