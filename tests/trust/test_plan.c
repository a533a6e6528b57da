#include "trust/plan.h"

#include "tests/suite.h"

#include <string.h>

/* One name; each digest is one letter, "" is a file whose digest is not known, NULL is no file. The
 * manifest may have two. */
static const struct {
    const char *wanted, *present, *manifest, *manifest_too;
    bool may_remove;
    enum plan_step step;
} cases[] = {
    {"a", NULL, NULL, NULL, true, PLAN_ADD},
    {"a", NULL, NULL, NULL, false, PLAN_ADD},
    {"a", NULL, "a", NULL, true, PLAN_ADD}, /* somebody removed it: the profile says otherwise */
    {"a", NULL, "b", NULL, true, PLAN_ADD},
    {"a", "a", "a", NULL, true, PLAN_KEEP},
    {"a", "a", "b", "a", true, PLAN_KEEP},    /* killed after the change */
    {"a", "b", "b", "a", true, PLAN_REPLACE}, /* killed before it */
    {"a", "b", "b", NULL, true, PLAN_REPLACE},
    {"a", "b", "b", NULL, false, PLAN_REPLACE},
    {"a", "a", NULL, NULL, true, PLAN_SAME},
    {"a", "a", "b", NULL, true, PLAN_SAME},
    {"a", "b", NULL, NULL, true, PLAN_BLOCKED},
    {"a", "b", "a", NULL, true, PLAN_BLOCKED}, /* ours, until somebody changed it */
    {"a", "b", "a", "c", false, PLAN_BLOCKED},
    {"a", "", NULL, NULL, true, PLAN_BLOCKED}, /* a folder, a link, something huge */
    {"a", "", "a", NULL, true, PLAN_BLOCKED},
    {NULL, "a", "a", NULL, true, PLAN_REMOVE},
    {NULL, "a", "a", NULL, false, PLAN_KEEP},
    {NULL, "a", "b", "a", true, PLAN_REMOVE},
    {NULL, "a", NULL, NULL, true, PLAN_FOREIGN},
    {NULL, "a", "b", NULL, true, PLAN_FOREIGN},
    {NULL, "", "", NULL, true, PLAN_FOREIGN},
    {NULL, NULL, "a", NULL, true, PLAN_FORGET},
    {NULL, NULL, "a", "b", false, PLAN_FORGET},
    /* A profile whose certificate is of no use removes nothing. */
    {"", NULL, NULL, NULL, true, PLAN_FORGET},
    {"", NULL, "a", NULL, true, PLAN_FORGET},
    {"", "a", "a", NULL, true, PLAN_KEEP},
    {"", "a", NULL, NULL, true, PLAN_FOREIGN},
    {"", "", "", NULL, true, PLAN_FOREIGN},
};

static void add(struct plan_files *files, const char *name, const char *digest)
{
    if (digest)
        ck_assert_int_eq(plan_files_add(files, name, digest, NULL, NULL), 0);
}

START_TEST(decides)
{
    CLEANUP(plan_files_free) struct plan_files wanted = {0}, present = {0}, manifest = {0};
    CLEANUP(plan_free) struct plan plan = {0};
    add(&wanted, "signet-x.crt", cases[_i].wanted);
    add(&present, "signet-x.crt", cases[_i].present);
    add(&manifest, "signet-x.crt", cases[_i].manifest);
    add(&manifest, "signet-x.crt", cases[_i].manifest_too);
    ck_assert_int_eq(plan_make(&wanted, &present, &manifest, cases[_i].may_remove, &plan, NULL), 0);
    ck_assert_uint_eq(plan.n, 1);
    ck_assert_int_eq(plan.v[0].step, cases[_i].step);
    ck_assert_str_eq(plan.v[0].name, "signet-x.crt");
}
END_TEST

START_TEST(keeps_names_apart_and_sorts_them)
{
    CLEANUP(plan_files_free) struct plan_files wanted = {0}, present = {0}, manifest = {0};
    CLEANUP(plan_free) struct plan plan = {0};
    add(&wanted, "c", "1");
    add(&wanted, "a", "1");
    add(&present, "d", "1");
    add(&present, "b", "1");
    add(&manifest, "b", "1");
    add(&manifest, "a", "1");
    ck_assert_int_eq(plan_make(&wanted, &present, &manifest, true, &plan, NULL), 0);
    static const struct {
        const char *name;
        enum plan_step step;
    } expected[] = {{"a", PLAN_ADD}, {"b", PLAN_REMOVE}, {"c", PLAN_ADD}, {"d", PLAN_FOREIGN}};
    ck_assert_uint_eq(plan.n, LENGTH(expected));
    for (size_t i = 0; i < plan.n; i++) {
        ck_assert_str_eq(plan.v[i].name, expected[i].name);
        ck_assert_int_eq(plan.v[i].step, expected[i].step);
    }
}
END_TEST

START_TEST(nothing_gives_nothing)
{
    const struct plan_files none = {0};
    CLEANUP(plan_free) struct plan plan = {0};
    ck_assert_int_eq(plan_make(&none, &none, &none, true, &plan, NULL), 0);
    ck_assert_uint_eq(plan.n, 0);
}
END_TEST

START_TEST(refuses_long_names)
{
    CLEANUP(plan_files_free) struct plan_files files = {0};
    char name[PLAN_NAME_MAX + 2] = "";
    struct err err;
    memset(name, 'x', sizeof name - 1);
    ck_assert_int_eq(plan_files_add(&files, name, "", NULL, &err), -ERR_RESOURCE);
    ck_assert_int_eq(plan_files_add(&files, name + 1, "", NULL, &err), 0);
    ck_assert_uint_eq(files.n, 1);
}
END_TEST

Suite *plan_suite(void)
{
    Suite *suite = suite_create("trust/plan");
    TCase *tc = tcase_create("plan");
    tcase_add_loop_test(tc, decides, 0, LENGTH(cases));
    tcase_add_test(tc, keeps_names_apart_and_sorts_them);
    tcase_add_test(tc, nothing_gives_nothing);
    tcase_add_test(tc, refuses_long_names);
    suite_add_tcase(suite, tc);
    return suite;
}
