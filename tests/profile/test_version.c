#include "profile/version.h"

#include "base/cleanup.h"
#include "tests/suite.h"

#include <string.h>

/* '<' or '=' between the two, in the order of the Version Format Specification. */
static const struct {
    const char *a, *order, *b;
} rows[] = {
    {"12", "=", "12"},
    {"12", "<", "12.10"},
    {"12", "<", "12.0"},
    {"12.9", "<", "12.10"},
    {"9", "<", "12"},
    {"22.04", "<", "22.10"},
    {"22.04", "=", "22.4"},
    {"22.4", "<", "22.10"},
    {"012", "=", "12"},
    {"0", "=", "000"},
    {"0", "<", "1"},
    {"", "=", ""},
    {"", "<", "0"},
    {"15-sp5", "<", "15-sp6"},
    {"15-SP5", "<", "15-sp5"},
    {"12", "<", "12a"},
    {"12a", "<", "12b"},
    {"12a", "<", "12aa"},
    {"12.a", "<", "12.1"},
    {"12a", "<", "13"},
    {"12.1", "<", "12a"},
    {"6.1", "<", "6.1.0-31-amd64"},
    {"6.1.0", "<", "6.1.0-31-amd64"},
    {"6.1.0-31-amd64", "<", "6.1.1"},
    {"6.1.0-9-amd64", "<", "6.1.0-31-amd64"},
    {"6.1.0-31-amd64", "<", "6.1.0-31-cloud-amd64"},
    {"6.1.0-31-amd64", "<", "6.2"},
    {"6.9", "<", "6.12-rc3"},
    {"6.12", "<",
     "6.12-rc3"}, /* as the specification has it: a '-' is a release, '~' is not yet one */
    {"6.12~rc3", "<", "6.12"},
    {"6.12-rc3", "<", "6.12.0"},
    {"6.6.87.2-microsoft-standard-WSL2", "<", "6.7"},
    {"5.14.0-427.13.1.el9_4.x86_64", "<", "5.14.0-503.el9"},
    {"6.1.0+", "=", "6.1.0"},
    {"12_1", "<", "121"},
    {"1~rc1", "<", "1"},
    {"1", "<", "1-1"},
    {"1-1", "<", "1^1"},
    {"1^1", "<", "1.0"},
    {"1~~", "<", "1~"},
    {"~", "<", ""},
    {"18446744073709551615", "<", "18446744073709551616"},
    {"99999999999999999999999999999999999999", "<", "100000000000000000000000000000000000000"},
    {"\xc3\xa5", "=", ""},
    {"1\xff", "=", "1"},
    {"1 2", "<", "12"},
    {"1..2", "<", "1.2"},
    {"rolling", "<", "1"},
};

START_TEST(orders)
{
    int one = version_compare(rows[_i].a, rows[_i].b);
    int other = version_compare(rows[_i].b, rows[_i].a);
    if (*rows[_i].order == '=')
        ck_assert(one == 0 && other == 0);
    else
        ck_assert(one < 0 && other > 0);
    ck_assert_int_eq(version_compare(rows[_i].a, rows[_i].a), 0);
}
END_TEST

/* Every pair of the table above is in one order: comparing cannot go in circles. */
START_TEST(is_transitive)
{
    const char *all[2 * LENGTH(rows)];
    for (size_t i = 0; i < LENGTH(all); i++)
        all[i] = i % 2 ? rows[i / 2].b : rows[i / 2].a;
    for (size_t i = 0; i < LENGTH(all); i++)
        for (size_t j = 0; j < LENGTH(all); j++)
            for (size_t k = 0; k < LENGTH(all); k++)
                if (version_compare(all[i], all[j]) <= 0 && version_compare(all[j], all[k]) <= 0)
                    ck_assert_msg(version_compare(all[i], all[k]) <= 0, "%s %s %s", all[i], all[j],
                                  all[k]);
}
END_TEST

static const struct {
    const char *text;
    bool valid;
} words[] = {
    {"12", true},
    {"22.04", true},
    {"6.1.0-31-amd64", true},
    {"20240101", true},
    {"1~rc1", true},
    {"1^a+b_c", true},
    {"0", true},
    {"", false},
    {"v12", false},
    {"bookworm", false},
    {".5", false},
    {"-1", false},
    {"12 13", false},
    {"12,", false},
    {"12*", false},
    {"12.x/", false},
    {"\"12\"", false},
    {">=12", false},
    {"12\xc3\xa5", false},
    {"1111111111111111111111111111111111111111111111111111111111111111", true},
    {"11111111111111111111111111111111111111111111111111111111111111111", false},
};

START_TEST(knows_a_version)
{
    ck_assert(version_valid(words[_i].text, strlen(words[_i].text)) == words[_i].valid);
}
END_TEST

Suite *version_suite(void)
{
    Suite *suite = suite_create("profile/version");
    TCase *tc = tcase_create("version");
    tcase_add_loop_test(tc, orders, 0, LENGTH(rows));
    tcase_add_test(tc, is_transitive);
    tcase_add_loop_test(tc, knows_a_version, 0, LENGTH(words));
    suite_add_tcase(suite, tc);
    return suite;
}
