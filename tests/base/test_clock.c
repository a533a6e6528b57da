#include "base/clock.h"

#include "base/cleanup.h"
#include "tests/suite.h"

#include <limits.h>

static const struct {
    int64_t when;
    const char *text; /* NULL: no calendar has it */
} rows[] = {
    {0, "1970-01-01 00:00 UTC"},
    {59, "1970-01-01 00:00 UTC"},
    {-1, "1969-12-31 23:59 UTC"},
    {1732373460, "2024-11-23 14:51 UTC"},
    {951782400, "2000-02-29 00:00 UTC"},
    {253402300800, "10000-01-01 00:00 UTC"},
    {67767976233532799, "2147483647-12-31 23:59 UTC"},
    {INT64_MAX, NULL},
    {INT64_MIN, NULL},
};

START_TEST(tells_a_moment)
{
    char text[CLOCK_TEXT] = "untouched";
    ck_assert_int_eq(clock_text(rows[_i].when, text), rows[_i].text != NULL);
    ck_assert_str_eq(text, rows[_i].text ? rows[_i].text : "untouched");
}
END_TEST

static const struct {
    int64_t ms;
    int least, most; /* that is left, however slow this machine is */
} deadlines[] = {
    {0, 0, 0},
    {-1, 0, 0},
    {INT32_MIN, 0, 0},
    {PATIENCE_MS, 1, PATIENCE_MS},
    {(int64_t)INT_MAX + 2 * PATIENCE_MS, INT_MAX, INT_MAX},
};

START_TEST(tells_what_is_left)
{
    int left = deadline_left(deadline_in(deadlines[_i].ms));
    ck_assert_int_ge(left, deadlines[_i].least);
    ck_assert_int_le(left, deadlines[_i].most);
}
END_TEST

Suite *clock_suite(void)
{
    Suite *suite = suite_create("base/clock");
    TCase *tc = tcase_create("clock");
    tcase_add_loop_test(tc, tells_a_moment, 0, LENGTH(rows));
    tcase_add_loop_test(tc, tells_what_is_left, 0, LENGTH(deadlines));
    suite_add_tcase(suite, tc);
    return suite;
}
