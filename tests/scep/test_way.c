#include "scep/way.h"

#include "scep/caps.h"

#include "tests/suite.h"

static const struct {
    unsigned caps;
    bool has_old, poll;
    struct way ways[WAYS_MAX];
    size_t n;
} plans[] = {
    {0, false, false, {{MESSAGE_PKCS_REQ, false, true, ""}}, 1},
    {CAPS_RENEWAL, false, false, {{MESSAGE_PKCS_REQ, false, true, ""}}, 1},
    {0, true, false, {{MESSAGE_PKCS_REQ, true, false, ""}, {MESSAGE_PKCS_REQ, false, true, ""}}, 2},
    {CAPS_RENEWAL,
     true,
     false,
     {{MESSAGE_RENEWAL_REQ, true, false, ""},
      {MESSAGE_PKCS_REQ, true, true, ""},
      {MESSAGE_PKCS_REQ, false, true, ""}},
     3},
    {CAPS_RENEWAL, false, true, {{MESSAGE_CERT_POLL, false, false, ""}}, 1},
    {CAPS_RENEWAL,
     true,
     true,
     {{MESSAGE_CERT_POLL, true, false, ""}, {MESSAGE_CERT_POLL, false, false, ""}},
     2},
};

START_TEST(plans_in_order)
{
    struct way ways[WAYS_MAX];
    size_t n = way_plan(plans[_i].caps, plans[_i].has_old, plans[_i].poll, ways);
    ck_assert_uint_eq(n, plans[_i].n);
    for (size_t i = 0; i < n; i++) {
        ck_assert_int_eq(ways[i].type, plans[_i].ways[i].type);
        ck_assert_int_eq(ways[i].by_old, plans[_i].ways[i].by_old);
        ck_assert_int_eq(ways[i].with_challenge, plans[_i].ways[i].with_challenge);
    }
}
END_TEST

/* By the plan of this number. */
static const struct {
    size_t plan, i;
    enum way_end end;
    size_t next;
} nexts[] = {
    {0, 0, WAY_DONE, 1},    {0, 0, WAY_REFUSED, 1}, {0, 0, WAY_CLOSED, 1},  {2, 0, WAY_DONE, 2},
    {2, 0, WAY_REFUSED, 1}, {2, 0, WAY_CLOSED, 1},  {2, 1, WAY_REFUSED, 2}, {3, 0, WAY_DONE, 3},
    {3, 0, WAY_REFUSED, 1}, {3, 0, WAY_CLOSED, 2},  {3, 1, WAY_DONE, 3},    {3, 1, WAY_REFUSED, 2},
    {3, 1, WAY_CLOSED, 2},  {3, 2, WAY_CLOSED, 3},  {4, 0, WAY_REFUSED, 1}, {5, 0, WAY_DONE, 2},
    {5, 0, WAY_REFUSED, 2}, {5, 0, WAY_CLOSED, 1},  {5, 1, WAY_REFUSED, 2}, {5, 1, WAY_CLOSED, 2},
};

START_TEST(goes_on_where_there_is_hope)
{
    const size_t plan = nexts[_i].plan;
    ck_assert_uint_eq(way_next(plans[plan].ways, plans[plan].n, nexts[_i].i, nexts[_i].end),
                      nexts[_i].next);
}
END_TEST

Suite *way_suite(void)
{
    Suite *suite = suite_create("scep/way");
    TCase *tc = tcase_create("way");
    tcase_add_loop_test(tc, plans_in_order, 0, LENGTH(plans));
    tcase_add_loop_test(tc, goes_on_where_there_is_hope, 0, LENGTH(nexts));
    suite_add_tcase(suite, tc);
    return suite;
}
