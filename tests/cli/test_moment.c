#include "cli/moment.h"

#include "base/cleanup.h"
#include "tests/suite.h"

#include <time.h>

static const struct {
    int64_t when;
    const char *zone, *date, *time;
} moments[] = {
    {1732373460, "UTC", "2024-11-23", "2024-11-23 14:51"},
    {1732373460, "UTC-10", "2024-11-24", "2024-11-24 00:51"}, /* POSIX: ten hours ahead */
    {0, "UTC", "1970-01-01", "1970-01-01 00:00"},
    {-1, "UTC", "1969-12-31", "1969-12-31 23:59"},
    {253402300799, "UTC", "9999-12-31", "9999-12-31 23:59"},
    {253402300800, "UTC", "?", "?"},
    {INT64_MAX, "UTC", "?", "?"},
    {INT64_MIN, "UTC", "?", "?"},
};

START_TEST(tells_local_time)
{
    char text[MOMENT_MAX];
    setenv("TZ", moments[_i].zone, 1);
    tzset();
    ck_assert_str_eq(moment_date(moments[_i].when, text), moments[_i].date);
    ck_assert_str_eq(moment_time(moments[_i].when, text), moments[_i].time);
}
END_TEST

static const struct {
    int64_t seconds;
    const char *text;
} spans[] = {
    {0, "0 s"},
    {119, "119 s"},
    {120, "2 min"},
    {7199, "119 min"},
    {7200, "2 h"},
    {2 * 86400 - 1, "47 h"},
    {2 * 86400, "2 d"},
    {365 * 86400, "365 d"},
    {-3 * 86400, "3 d"},
    {INT64_MAX, "106751991167300 d"},
    {INT64_MIN, "106751991167300 d"},
};

START_TEST(tells_spans)
{
    char text[MOMENT_MAX];
    ck_assert_str_eq(moment_span(spans[_i].seconds, text), spans[_i].text);
}
END_TEST

Suite *moment_suite(void)
{
    Suite *suite = suite_create("cli/moment");
    TCase *tc = tcase_create("moment");
    tcase_add_loop_test(tc, tells_local_time, 0, LENGTH(moments));
    tcase_add_loop_test(tc, tells_spans, 0, LENGTH(spans));
    suite_add_tcase(suite, tc);
    return suite;
}
