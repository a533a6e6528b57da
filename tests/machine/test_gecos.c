#include "machine/gecos.h"

#include "tests/suite.h"

static const struct {
    const char *gecos, *given, *surname; /* NULL: not told */
} rows[] = {
    {"Jane Doe", "Jane", "Doe"},
    {"Jane Doe,Room 5,555-1234,,", "Jane", "Doe"},
    {"Jane Doe,,,", "Jane", "Doe"},
    {"  Jane   Doe  ,", "Jane", "Doe"},
    {"Jane Q. Public Doe", "Jane Q. Public", "Doe"},
    {"Jürgen Müller-Lüdenscheidt", "Jürgen", "Müller-Lüdenscheidt"},
    {"Doe, Jane", "Jane", "Doe"},
    {"Doe, Jane Q.", "Jane Q.", "Doe"},
    {"Doe, Jane, Sales", "Jane", "Doe"},
    {"Jane Doe, Room 5", "Jane", "Doe"},
    {"Jane Doe, Sales", NULL, NULL}, /* or is Sales a given name? */
    {"van der Berg, Jan", NULL, NULL},
    {"Jane", "Jane", NULL},
    {"Jane,Room 5", "Jane", NULL},
    {"Jane, 5", "Jane", NULL},
    {"Jane, ", "Jane", NULL},
    {"Jane, ,x", "Jane", NULL},
    {"", NULL, NULL},
    {" ", NULL, NULL},
    {",", NULL, NULL},
    {",,,", NULL, NULL},
    {", Jane", "Jane", NULL},
    {",Room 5", NULL, NULL},
};

static void check_part(const char *gecos, enum gecos_part part, const char *expected)
{
    autobuf out = {0};
    ck_assert_int_eq(gecos_name(gecos, part, &out, NULL), expected != NULL);
    ck_assert_str_eq(buf_text(&out), expected ? expected : "");
}

START_TEST(tells_names)
{
    check_part(rows[_i].gecos, GECOS_GIVEN_NAME, rows[_i].given);
    check_part(rows[_i].gecos, GECOS_SURNAME, rows[_i].surname);
}
END_TEST

Suite *gecos_suite(void)
{
    Suite *suite = suite_create("machine/gecos");
    TCase *tc = tcase_create("gecos");
    tcase_add_loop_test(tc, tells_names, 0, LENGTH(rows));
    suite_add_tcase(suite, tc);
    return suite;
}
