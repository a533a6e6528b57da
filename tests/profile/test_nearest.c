#include "profile/nearest.h"

#include "base/cleanup.h"
#include "tests/suite.h"
#include <string.h>

static const struct {
    const char *word, *hint;
} rows[] = {
    {"renewal-threshold", " (did you mean renewal-threshold?)"},
    {"renewal-treshold", " (did you mean renewal-threshold?)"},
    {"RENEWAL_THRESHOLD", " (did you mean renewal-threshold?)"},
    {"renewalthreshold", " (did you mean renewal-threshold?)"},
    {"san", " (did you mean san?)"},
    {"sna", " (did you mean san?)"},
    {"sans", " (did you mean san?)"},
    {"an", " (did you mean san?)"},
    {"cn", " (did you mean CN?)"},
    {"x", ""},
    {"", ""},
    {"xyz", ""},
    {"threshold", ""},
    {"ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss", ""},
};

START_TEST(finds_the_nearest)
{
    struct nearest nearest = {.word = rows[_i].word, .len = strlen(rows[_i].word)};
    nearest_offer(&nearest, "san");
    nearest_offer(&nearest, "renewal-threshold");
    nearest_offer(&nearest, "CN");
    ck_assert_str_eq(nearest_hint(&nearest), rows[_i].hint);
}
END_TEST

Suite *nearest_suite(void)
{
    Suite *suite = suite_create("profile/nearest");
    TCase *tc = tcase_create("nearest");
    tcase_add_loop_test(tc, finds_the_nearest, 0, LENGTH(rows));
    suite_add_tcase(suite, tc);
    return suite;
}
