#include "tests/store/fixture.h"

static struct strings list_of(const char *const *names)
{
    struct strings list = {0};
    for (; *names; names++)
        ck_assert_int_eq(strings_add(&list, *names, NULL), 0);
    return list;
}

static const struct strings nobody = {0};

START_TEST(puts_and_gets)
{
    FIXTURE(f);
    fixture_entry(&f);
    CLEANUP(entry_access_free) struct entry_access got = {0};
    CLEANUP(strings_free)
    struct strings two = list_of((const char *const[]){"alice", "@network admins", NULL});

    uint64_t before = changes_of(&f);
    ok(f, entry_access_get(&f.entry, &got, &f.err));
    ck_assert_uint_eq(got.others.n, 0);
    ok(f, entry_access_put(&f.entry, NULL, &nobody, &f.err)); /* nothing changes */
    ck_assert_uint_eq(changes_of(&f), before);
    ck_assert(!is_there(&f, "device/wifi/access.json"));

    ok(f, entry_access_put(&f.entry, NULL, &two, &f.err));
    ok(f, entry_access_put(&f.entry, NULL, &two, &f.err));
    ck_assert_uint_eq(changes_of(&f), before + 1);
    ok(f, entry_access_get(&f.entry, &got, &f.err));
    ck_assert_uint_eq(got.others.n, 2);
    ck_assert_str_eq(got.others.v[1], "@network admins");
    ck_assert_ptr_null(got.owner);

    ok(f, entry_access_put(&f.entry, NULL, &nobody, &f.err));
    ck_assert_uint_eq(changes_of(&f), before + 2);
    ok(f, entry_access_get(&f.entry, &got, &f.err));
    ck_assert_uint_eq(got.others.n, 0);
}
END_TEST

START_TEST(keeps_the_owner)
{
    static const char *const names[] = {
        "alice", "CONTOSO\\alice", "alice@contoso.com", "Zo\303\253", NULL, "0"};
    FIXTURE(f);
    fixture_entry(&f);
    for (size_t i = 0; i < LENGTH(names); i++) {
        CLEANUP(entry_access_free) struct entry_access got = {0};
        uint64_t before = changes_of(&f);
        ok(f, entry_access_put(&f.entry, names[i], &nobody, &f.err));
        ok(f, entry_access_put(&f.entry, names[i], &nobody, &f.err));
        ck_assert_uint_eq(changes_of(&f), before + 1);
        ok(f, entry_access_get(&f.entry, &got, &f.err));
        ck_assert_pstr_eq(got.owner, names[i]);
    }
}
END_TEST

static const char *const damages[] = {
    "",
    "{}",
    "[]",
    "{\"access\":\"alice\"}",
    "{\"access\":[\"\"]}",
    "{\"access\":[1]}",
    "{\"access\":[[\"alice\"]]}",
    "{\"access\":[\"alice\",null]}",
    "{\"access\":[\"al\\u0000ice\"]}",
    "{\"access\":[\"alice\"]",
    "{\"access\":[],\"access\":[\"mallory\"]}",
    "{\"owner\":\"alice\"}",
    "{\"access\":[],\"owner\":\"\"}",
    "{\"access\":[],\"owner\":null}",
    "{\"access\":[],\"owner\":[\"alice\"]}",
    "{\"access\":[],\"owner\":\"al\\nice\"}",
    "{\"access\":[],\"owner\":\"alice\",\"owner\":\"mallory\"}",
};

START_TEST(damaged_lets_nobody_in_and_is_written_over)
{
    FIXTURE(f);
    fixture_entry(&f);
    CLEANUP(entry_access_free)
    struct entry_access got = {.owner = strdup("as it was")};
    put_file(&f, "device/wifi/access.json", damages[_i]);
    ck_assert_int_eq(entry_access_get(&f.entry, &got, &f.err), -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(f.err.text, "device/wifi: access.json"));
    ck_assert_str_eq(got.owner, "as it was");
    ok(f, entry_access_put(&f.entry, NULL, &nobody, &f.err));
    ok(f, entry_access_get(&f.entry, &got, &f.err));
    ck_assert_uint_eq(got.others.n, 0);
    ck_assert_ptr_null(got.owner);
}
END_TEST

static const char *const bad_names[] = {"", "\377", "al\nice"};

START_TEST(refuses_names)
{
    FIXTURE(f);
    fixture_entry(&f);
    CLEANUP(strings_free)
    struct strings list = list_of((const char *const[]){"bob", bad_names[_i], NULL});
    ck_assert_int_eq(entry_access_put(&f.entry, NULL, &list, &f.err), -ERR_CONFIG);
    ck_assert_int_eq(entry_access_put(&f.entry, bad_names[_i], &nobody, &f.err), -ERR_CONFIG);
    ck_assert(!is_there(&f, "device/wifi/access.json"));
}
END_TEST

START_TEST(refuses_too_many)
{
    FIXTURE(f);
    fixture_entry(&f);
    CLEANUP(strings_free) struct strings list = {0};
    for (int i = 0; i < 10000; i++)
        ck_assert_int_eq(strings_add(&list, "somebody", NULL), 0);
    ck_assert_int_eq(entry_access_put(&f.entry, NULL, &list, &f.err), -ERR_RESOURCE);
}
END_TEST

Suite *access_suite(void)
{
    Suite *suite = suite_create("store/access");
    TCase *tc = tcase_create("access");
    tcase_add_test(tc, puts_and_gets);
    tcase_add_test(tc, keeps_the_owner);
    tcase_add_loop_test(tc, damaged_lets_nobody_in_and_is_written_over, 0, LENGTH(damages));
    tcase_add_loop_test(tc, refuses_names, 0, LENGTH(bad_names));
    tcase_add_test(tc, refuses_too_many);
    suite_add_tcase(suite, tc);
    return suite;
}
