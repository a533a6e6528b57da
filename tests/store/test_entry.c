#include "tests/store/fixture.h"

static const struct {
    const char *name;
    bool valid;
} names[] = {
    {"a", true},
    {"wifi", true},
    {"A-Z_a.z-0.9", true},
    {"-", true},
    {"abcdefghijklmnopqrstuvwxyz012345", true},
    {"abcdefghijklmnopqrstuvwxyz0123456", false},
    {"", false},
    {".", false},
    {"..", false},
    {".a", false},
    {"a/b", false},
    {"a b", false},
    {"a\n", false},
    {"\303\245", false},
    {"a%n", false},
    {"*", false},
};

START_TEST(judges_names)
{
    ck_assert(entry_name_valid(names[_i].name) == names[_i].valid);
}
END_TEST

START_TEST(opens_by_owner)
{
    FIXTURE(f);
    const struct entry_id alice = {.owner = {.uid = 1000}, .profile = "wifi"};
    struct entry entry = {0};
    ck_assert_int_eq(entry_open(&f.store, &alice, false, &entry, &f.err), -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(f.err.text, "/users/1000/wifi: "));
    ck_assert(!is_there(&f, "users/1000"));
    ok(f, entry_open(&f.store, &alice, true, &entry, &f.err));
    entry_close(&entry);
    entry_close(&entry);
    ok(f, entry_open(&f.store, &alice, false, &entry, &f.err));
    entry_close(&entry);
    ck_assert(is_there(&f, "users/1000/wifi"));
    ck_assert_int_eq(entry_open(&f.store, &wifi, false, &entry, &f.err), -ERR_CONFIG);

    struct entry_id bad = {.owner = {.device = true}, .profile = "../device"};
    ck_assert_int_eq(entry_open(&f.store, &bad, true, &entry, &f.err), -ERR_CONFIG);
    memset(bad.profile, 'a', sizeof bad.profile); /* no end */
    ck_assert_int_eq(entry_open(&f.store, &bad, true, &entry, &f.err), -ERR_CONFIG);
}
END_TEST

START_TEST(follows_no_link)
{
    FIXTURE(f);
    struct entry entry = {0};
    ck_assert_int_eq(mkdir(in_store(&f, "outside"), 0700), 0);
    ck_assert_int_eq(symlink("../outside", in_store(&f, "device/wifi")), 0);
    ck_assert_int_eq(entry_open(&f.store, &wifi, true, &entry, &f.err), -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(f.err.text, "is not a folder"));
    ck_assert_int_eq(entry_open(&f.store, &wifi, false, &entry, &f.err), -ERR_CONFIG);
}
END_TEST

START_TEST(removes)
{
    FIXTURE(f);
    fixture_entry(&f);
    enrol(&f, "one");
    enrol(&f, "two");
    ok(f, put_pending(&f, "three"));
    uint64_t before = changes_of(&f);
    ok(f, entry_remove(&f.entry, &f.err));
    ck_assert(!is_there(&f, "device/wifi"));
    ck_assert(is_there(&f, "device"));
    ck_assert_uint_gt(changes_of(&f), before);
    fixture_again(&f);
    unsigned number = 7;
    ok(f, entry_current(&f.entry, &number, &f.err));
    ck_assert_uint_eq(number, 0);
}
END_TEST

START_TEST(removes_what_was_half_removed)
{
    FIXTURE(f);
    fixture_entry(&f);
    enrol(&f, "one");
    ck_assert_int_eq(unlink(in_store(&f, "device/wifi/current")), 0);
    ck_assert_int_eq(unlink(in_store(&f, "device/wifi/generations/1/cert.pem")), 0);
    fixture_again(&f);
    ok(f, entry_remove(&f.entry, &f.err));
    ck_assert(!is_there(&f, "device/wifi"));
}
END_TEST

Suite *entry_suite(void)
{
    Suite *suite = suite_create("store/entry");
    TCase *tc = tcase_create("entry");
    tcase_add_loop_test(tc, judges_names, 0, LENGTH(names));
    tcase_add_test(tc, opens_by_owner);
    tcase_add_test(tc, follows_no_link);
    tcase_add_test(tc, removes);
    tcase_add_test(tc, removes_what_was_half_removed);
    suite_add_tcase(suite, tc);
    return suite;
}
