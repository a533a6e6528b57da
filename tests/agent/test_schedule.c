#include "agent/schedule.h"

#include "tests/suite.h"

#define DAY  86400
#define YEAR (365 * DAY)

static const struct {
    int64_t not_before, not_after;
    unsigned threshold;
    int64_t earliest, latest;
} renewals[] = {
    {0, 1000, 20, 800, 820},
    {0, 1000, 1, 990, 990},
    {0, 1000, 99, 10, 109},
    {0, YEAR, 20, YEAR - YEAR / 5, YEAR - YEAR / 5 + YEAR / 50},
    {500, 500, 20, 500, 500},                          /* no lifetime at all */
    {900, 100, 20, 100, 100},                          /* ends before it begins */
    {0, 253402300799, 50, 126701150399, 139371265439}, /* the year 9999 */
    {-YEAR, YEAR, 50, 0, YEAR / 10},
};

START_TEST(renewal_starts_at_the_threshold)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        int64_t when = schedule_renewal(renewals[_i].not_before, renewals[_i].not_after,
                                        renewals[_i].threshold, seed);
        ck_assert_int_ge(when, renewals[_i].earliest);
        ck_assert_int_le(when, renewals[_i].latest);
    }
}
END_TEST

static const struct {
    unsigned attempts;
    int64_t interval, least, most;
} retries[] = {
    {0, 28800, 30, 60},
    {1, 28800, 30, 60},
    {2, 28800, 60, 120},
    {5, 28800, 480, 960},
    {9, 28800, 7680, 15360},
    {10, 28800, 14400, 28800},
    {4000000000, 28800, 14400, 28800},
    {3, 100, 50, 100},
    {1, 10, 5, 10},
    {3, 0, 0, 0},
};

START_TEST(retries_double_up_to_the_interval)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        int64_t delay =
            schedule_retry(retries[_i].attempts, retries[_i].interval, seed, 1000) - 1000;
        ck_assert_int_ge(delay, retries[_i].least);
        ck_assert_int_le(delay, retries[_i].most);
    }
}
END_TEST

static const struct {
    int64_t since, interval, least, most;
} polls[] = {
    {1000000, 28800, 30, 60},
    {999000, 28800, 50, 100},
    {990000, 28800, 500, 1000},
    {0, 28800, 14400, 28800},
    {2000000, 28800, 30, 60}, /* the clock was set back */
    {-1000000000000, 28800, 14400, 28800},
    {1000000, 10, 5, 10},
    {1000000, 0, 0, 0},
};

START_TEST(polls_slow_down_as_a_request_grows_old)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        int64_t delay = schedule_poll(polls[_i].since, polls[_i].interval, seed, 1000000) - 1000000;
        ck_assert_int_ge(delay, polls[_i].least);
        ck_assert_int_le(delay, polls[_i].most);
    }
}
END_TEST

START_TEST(a_cycle_is_spread_by_a_tenth)
{
    int64_t least = INT64_MAX, most = 0;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        int64_t delay = schedule_cycle(1000, seed, 50) - 50;
        least = delay < least ? delay : least;
        most = delay > most ? delay : most;
    }
    ck_assert_int_ge(least, 900);
    ck_assert_int_lt(least, 910);
    ck_assert_int_le(most, 1100);
    ck_assert_int_gt(most, 1090);
}
END_TEST

START_TEST(a_shuffle_is_fair_and_loses_nothing)
{
    unsigned first[3] = {0};
    for (uint64_t seed = 0; seed < 3000; seed++) {
        CLEANUP(strings_free) struct strings list = {0};
        for (const char *const *p = (const char *const[]){"0", "1", "2", NULL}; *p; p++)
            ck_assert_int_eq(strings_add(&list, *p, NULL), 0);
        schedule_shuffle(&list, seed);
        ck_assert(strings_contain(&list, "0") && strings_contain(&list, "1") &&
                  strings_contain(&list, "2"));
        first[list.v[0][0] - '0']++;
    }
    for (int i = 0; i < 3; i++)
        ck_assert_uint_gt(first[i], 900);

    struct strings empty = {0};
    schedule_shuffle(&empty, 1);
}
END_TEST

Suite *schedule_suite(void)
{
    Suite *suite = suite_create("agent/schedule");
    TCase *tc = tcase_create("schedule");
    tcase_add_loop_test(tc, renewal_starts_at_the_threshold, 0, LENGTH(renewals));
    tcase_add_loop_test(tc, retries_double_up_to_the_interval, 0, LENGTH(retries));
    tcase_add_loop_test(tc, polls_slow_down_as_a_request_grows_old, 0, LENGTH(polls));
    tcase_add_test(tc, a_cycle_is_spread_by_a_tenth);
    tcase_add_test(tc, a_shuffle_is_fair_and_loses_nothing);
    suite_add_tcase(suite, tc);
    return suite;
}
