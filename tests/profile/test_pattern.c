#include "profile/pattern.h"

#include "base/buf.h"
#include "tests/suite.h"

#include <string.h>

static const struct {
    const char *pattern, *text, *found; /* NULL: nothing */
} finds[] = {
    {"is: ([0-9A-F]+)", "the password is: 1ED0DD50 .", "1ED0DD50"},
    {"(b+)", "abbbc", "bbb"},
    {"a(b*)c", "ac", NULL}, /* nothing was found */
    {"x|(b)", "x", NULL},   /* the group has no part in it */
    {"(b)", "", NULL},
    {"(b)", "aaa", NULL},
    {"([[:xdigit:]]{8})", "no 12 but 0123abCD", "0123abCD"},
    {"[]{9999}](a)", "{a", "a"}, /* no repetition in there */
    {"[^]{9999}]\\{9999(a)", "x{9999a", "a"},
    {"([^ ]{8,16})$", "my password", "password"},
    {"K\xc3\xa4nnwort (.)", "K\xc3\xa4nnwort 7", "7"},
};

START_TEST(finds_the_first_group)
{
    regex_t pattern;
    struct err err;
    size_t begin = 0, end = 0;
    ck_assert_msg(pattern_compile(finds[_i].pattern, &pattern, &err) == 0, "%s", err.text);
    int rc = pattern_find(&pattern, finds[_i].text, &begin, &end, &err);
    ck_assert_int_eq(rc, finds[_i].found != NULL);
    if (finds[_i].found) {
        ck_assert_uint_eq(end - begin, strlen(finds[_i].found));
        ck_assert_int_eq(strncmp(finds[_i].text + begin, finds[_i].found, end - begin), 0);
    }
    regfree(&pattern);
}
END_TEST

static const struct {
    const char *pattern, *error;
} refused[] = {
    {"", "has no group"},
    {"x", "has no group"},
    {"\\(x\\)", "has no group"},
    {"(x", "is no regular expression"},
    {"[x", "is no regular expression"},
    {"(x){2,1}", "is no regular expression"},
    {"(x)\\", "is no regular expression"},
    {"[", "is no regular expression"},
    {"[^", "is no regular expression"},
    {"[[:", "is no regular expression"},
    {"(x{", "is no regular expression"},
    {"(a*)*\\1", "back-reference"},
    {"(x{1001})", "more than 1000"},
    {"(((x{40}){40}){40})", "more than 1000"},
    {"(x{99999999999999999999999})", "more than 1000"},
    {"((x{1,40}){,40})", "more than 1000"},
};

START_TEST(refuses_what_is_none_or_too_much)
{
    regex_t pattern;
    struct err err;
    ck_assert_int_eq(pattern_compile(refused[_i].pattern, &pattern, &err), -ERR_CONFIG);
    ck_assert_msg(strstr(err.text, refused[_i].error), "%s", err.text);
}
END_TEST

Suite *pattern_suite(void)
{
    Suite *suite = suite_create("profile/pattern");
    TCase *tc = tcase_create("pattern");
    tcase_add_loop_test(tc, finds_the_first_group, 0, LENGTH(finds));
    tcase_add_loop_test(tc, refuses_what_is_none_or_too_much, 0, LENGTH(refused));
    suite_add_tcase(suite, tc);
    return suite;
}
