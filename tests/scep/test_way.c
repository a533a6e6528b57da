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
    {CAPS_RENEWAL, true, true, {{MESSAGE_CERT_POLL, true, false, ""}}, 1},
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

Suite *way_suite(void)
{
    Suite *suite = suite_create("scep/way");
    TCase *tc = tcase_create("way");
    tcase_add_loop_test(tc, plans_in_order, 0, LENGTH(plans));
    suite_add_tcase(suite, tc);
    return suite;
}
