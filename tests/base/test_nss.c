#include "base/nss.h"

#include "tests/suite.h"

#include <string.h>

#define NOBODY_HAS_THIS 4294967293u

START_TEST(finds_who_is_there)
{
    autobuf buffer = {0};
    struct passwd user;
    struct group group;
    ck_assert_int_eq(nss_user(0, &user, &buffer, NULL), 1);
    ck_assert_str_eq(user.pw_name, "root");
    ck_assert_int_eq(nss_user_named("root", &user, &buffer, NULL), 1);
    ck_assert_uint_eq(user.pw_uid, 0);
    ck_assert_int_eq(nss_group(0, &group, &buffer, NULL), 1);
    ck_assert_str_eq(group.gr_name, "root");
    ck_assert_int_eq(nss_group_named("root", &group, &buffer, NULL), 1);
    ck_assert_uint_eq(group.gr_gid, 0);
}
END_TEST

static const char *const strangers[] = {"", "no such name", "\n", "root:x:0:0", "\xff\xfe"};

START_TEST(knows_no_strangers)
{
    autobuf buffer = {0};
    struct passwd user;
    struct group group;
    char longest[10000];
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = 0;
    const char *name = _i == LENGTH(strangers) ? longest : strangers[_i];
    ck_assert_int_eq(nss_user_named(name, &user, &buffer, NULL), 0);
    ck_assert_int_eq(nss_group_named(name, &group, &buffer, NULL), 0);
    ck_assert_int_eq(nss_user(NOBODY_HAS_THIS, &user, &buffer, NULL), 0);
    ck_assert_int_eq(nss_group(NOBODY_HAS_THIS, &group, &buffer, NULL), 0);
}
END_TEST

static const struct {
    const char *text;
    int rc;
    uid_t uid;
} typed[] = {
    {"root", 0, 0},
    {"0", 0, 0},
    {"4000000000", 0, 4000000000},
    {"4294967294", 0, 4294967294},
    {"4294967295", -ERR_CONFIG, 7}, /* (uid_t)-1 is nobody's */
    {"4294967296", -ERR_CONFIG, 7},
    {"-1", -ERR_CONFIG, 7},
    {"1e3", -ERR_CONFIG, 7},
    {"root ", -ERR_CONFIG, 7},
    {"no-such-user", -ERR_CONFIG, 7},
    {"", -ERR_CONFIG, 7},
};

START_TEST(users_are_typed_as_names_or_numbers)
{
    struct err err = {0};
    uid_t uid = 7;
    ck_assert_int_eq(nss_uid(typed[_i].text, &uid, &err), typed[_i].rc);
    ck_assert_uint_eq(uid, typed[_i].uid);
    ck_assert_str_eq(err.text, typed[_i].rc ? "no such user" : "");
}
END_TEST

Suite *nss_suite(void)
{
    Suite *suite = suite_create("base/nss");
    TCase *tc = tcase_create("nss");
    tcase_add_test(tc, finds_who_is_there);
    tcase_add_loop_test(tc, knows_no_strangers, 0, LENGTH(strangers) + 1);
    tcase_add_loop_test(tc, users_are_typed_as_names_or_numbers, 0, LENGTH(typed));
    suite_add_tcase(suite, tc);
    return suite;
}
