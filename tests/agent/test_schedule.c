#include "agent/schedule.h"

#include "tests/suite.h"

#include <string.h>

#define DAY  86400
#define YEAR (365 * DAY)

static const struct {
    int64_t not_before, not_after;
    unsigned threshold;
    int64_t earliest, latest;
} renewals[] = {
    {0, 1000, 20, 800, 899},
    {0, 1000, 1, 990, 994},
    {0, 1000, 99, 10, 109},
    {0, YEAR, 20, YEAR - YEAR / 5, YEAR - YEAR / 10 - 1},
    {0, YEAR, 5, YEAR - YEAR / 20, YEAR - YEAR / 40 - 1}, /* room is left for trying again */
    {0, 7 * DAY, 50, 7 * DAY / 2, 7 * DAY / 2 + 7 * DAY / 10 - 1},
    {0, 5 * 60, 99, 3, 32},
    {0, 3, 99, 1, 3},
    {-1700000000, -1600000000, 20, -1620000000, -1610000001}, /* all of it before 1970 */
    {2147483000, 4294968000, 20, 3864571000, 4079769499},     /* beyond 32 bits */
    {500, 500, 20, 500, 500},                                 /* no lifetime at all */
    {900, 100, 20, 100, 100},                                 /* ends before it begins */
    {0, 253402300799, 50, 126701150399, 152041380479},        /* the year 9999 */
    {-62167219200, 253402300799, 1, 250246605599, 251824453198},
    {-YEAR, YEAR, 50, 0, YEAR / 5},
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
    int64_t first = INT64_MAX, last = 0, tenth = (retries[_i].most - retries[_i].least) / 10;
    for (uint64_t seed = 0; seed < 100; seed++) {
        int64_t delay =
            schedule_retry(retries[_i].attempts, retries[_i].interval, seed, 1000) - 1000;
        first = delay < first ? delay : first;
        last = delay > last ? delay : last;
    }
    ck_assert_int_ge(first, retries[_i].least);
    ck_assert_int_le(first, retries[_i].least + tenth);
    ck_assert_int_ge(last, retries[_i].most - tenth);
    ck_assert_int_le(last, retries[_i].most);
}
END_TEST

/* What is left of a certificate when it comes, and how long it is left alone then. */
static const struct {
    int64_t left, rest;
} rests[] = {
    {365 * DAY, 3600}, {7201, 3600}, {7199, 3599}, {300, 150}, {120, 60},
    {119, 60},         {2, 60},      {0, 60},      {-DAY, 60}, {INT64_MAX, 3600},
};

START_TEST(a_certificate_is_left_alone_for_a_while)
{
    ck_assert_int_eq(schedule_rest(rests[_i].left), rests[_i].rest);
}
END_TEST

static const struct {
    int64_t interval, left, most;
} lates[] = {
    {28800, 36 * DAY, 28799},
    {28800, 4 * 3600, 3599},
    {28800, 8, 1},
    {28800, 3, 0},
    {28800, 0, 0},
    {28800, -DAY, 0},
    {0, DAY, 0},
    {300, DAY, 299},
};

START_TEST(what_is_late_gets_its_moment)
{
    int64_t most = 0;
    for (uint64_t seed = 0; seed < 100000; seed++) {
        int64_t delay = schedule_late(lates[_i].interval, 1000 + lates[_i].left, seed, 1000) - 1000;
        ck_assert_int_ge(delay, 0);
        ck_assert_int_le(delay, lates[_i].most);
        most = delay > most ? delay : most;
    }
    ck_assert_int_ge(most, lates[_i].most - lates[_i].most / 1000);
}
END_TEST

static const struct {
    int64_t since, interval, every, least, most;
} polls[] = {
    {1000000, 28800, 0, 30, 60},
    {999000, 28800, 0, 50, 100},
    {990000, 28800, 0, 500, 1000},
    {0, 28800, 0, 14400, 28800},
    {2000000, 28800, 0, 30, 60}, /* the clock was set back */
    {-1000000000000, 28800, 0, 14400, 28800},
    {1000000, 10, 0, 5, 10},
    {1000000, 0, 0, 0, 0},
    {1000000, 28800, 3600, 3240, 3960},
    {0, 28800, 3600, 3240, 3960},
    {0, 28800, 30 * DAY, 27 * DAY, 33 * DAY},
};

START_TEST(polls_slow_down_as_a_request_grows_old)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        int64_t delay =
            schedule_poll(polls[_i].since, polls[_i].interval, polls[_i].every, seed, 1000000) -
            1000000;
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

/* One server of three is down: whoever comes to it goes on to the next in its order. */
START_TEST(two_live_servers_share_evenly)
{
    enum { TRIES = 300000 };
    for (char down = '0'; down <= '2'; down++) {
        unsigned load[3] = {0}, orders[3][3] = {{0}};
        for (uint64_t seed = 0; seed < TRIES; seed++) {
            char *v[] = {"0", "1", "2"};
            struct strings list = {.v = v, .n = 3};
            schedule_shuffle(&list, seed);
            load[*v[*v[0] == down] - '0']++;
            orders[*v[0] - '0'][*v[1] - '0']++;
        }
        for (int i = 0; i < 3; i++)
            if (i != down - '0') {
                ck_assert_uint_gt(load[i], TRIES / 2 - TRIES / 200);
                ck_assert_uint_lt(load[i], TRIES / 2 + TRIES / 200);
            }
        ck_assert_uint_eq(load[down - '0'], 0);
        for (int i = 0; i < 9; i++) {
            ck_assert_uint_ge(orders[i / 3][i % 3], i / 3 == i % 3 ? 0 : TRIES / 6 - TRIES / 200);
            ck_assert_uint_le(orders[i / 3][i % 3], i / 3 == i % 3 ? 0 : TRIES / 6 + TRIES / 200);
        }
    }
}
END_TEST

/* A fleet that was enrolled in one hour: over how many hours, and how evenly, it renews the n-th
 * time. What one hour has by chance more than another is less than a tenth here; bench/fleet has
 * the large one. */
START_TEST(a_fleet_spreads_with_every_renewal)
{
    enum { DEVICES = 50000, LIFE = 100 * 3600, RENEWALS = 3 };
    static unsigned load[RENEWALS][LIFE * (RENEWALS + 1) / 3600];
    memset(load, 0, sizeof load);
    uint64_t share = 0;
    for (int i = 0; i < DEVICES; i++) {
        share = share * 6364136223846793005u + 1442695040888963407u;
        int64_t from = i % 3600;
        for (int n = 0; n < RENEWALS; n++) {
            from = schedule_renewal(from, from + LIFE, 20, share);
            load[n][from / 3600]++;
        }
    }
    for (int n = 0; n < RENEWALS; n++) {
        unsigned hours = 0, most = 0, mean = DEVICES / (10 * (n + 1));
        for (size_t h = 0; h < LENGTH(load[n]); h++) {
            hours += load[n][h] > 0;
            most = load[n][h] > most ? load[n][h] : most;
        }
        ck_assert_uint_ge(hours, 10 * (n + 1));
        ck_assert_uint_le(hours, 10 * (n + 1) + 2);
        ck_assert_uint_le(most, mean + mean / 10);
    }
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
    tcase_add_test(tc, two_live_servers_share_evenly);
    tcase_add_test(tc, a_fleet_spreads_with_every_renewal);
    tcase_add_loop_test(tc, a_certificate_is_left_alone_for_a_while, 0, LENGTH(rests));
    tcase_add_loop_test(tc, what_is_late_gets_its_moment, 0, LENGTH(lates));
    suite_add_tcase(suite, tc);
    return suite;
}
