#include "tests/store/fixture.h"

static const struct entry_id alice_mail = {.owner = {.uid = 1000}, .profile = "mail"};

static void put(struct fixture *f, const struct entry_id *id, const char *owner, const char *reason)
{
    struct removed removed = {.id = *id, .since = 1700000000, .asked = 5};
    snprintf(removed.owner, sizeof removed.owner, "%s", owner);
    snprintf(removed.reason, sizeof removed.reason, "%s", reason);
    ok(*f, removed_put(&f->store, &removed, &f->err));
}

static size_t count(struct fixture *f)
{
    autofree struct entry_id *ids = NULL;
    size_t n = 99;
    ok(*f, removed_list(&f->store, &ids, &n, &f->err));
    return n;
}

START_TEST(puts_gets_and_drops)
{
    FIXTURE(f);
    struct removed got = {0};
    ck_assert_uint_eq(count(&f), 0);
    ck_assert_int_eq(removed_get(&f.store, &wifi, &got, &f.err), -ERR_CONFIG);
    ok(f, removed_drop(&f.store, &wifi, &f.err));

    put(&f, &wifi, "", "first");
    put(&f, &wifi, "", "no profile asks for it any more");
    put(&f, &alice_mail, "CONTOSO\\alice", "removed by root");
    ok(f, removed_get(&f.store, &wifi, &got, &f.err));
    ck_assert_str_eq(got.reason, "no profile asks for it any more");
    ck_assert_str_eq(got.owner, "");
    ok(f, removed_get(&f.store, &alice_mail, &got, &f.err));
    ck_assert_str_eq(got.owner, "CONTOSO\\alice");
    ck_assert_int_eq(got.since, 1700000000);
    ck_assert_int_eq(got.asked, 5);
    ck_assert_str_eq(got.id.profile, "mail");
    ck_assert_uint_eq(got.id.owner.uid, 1000);

    ok(f, removed_drop(&f.store, &wifi, &f.err));
    ok(f, removed_drop(&f.store, &wifi, &f.err));
    ck_assert_int_eq(removed_get(&f.store, &wifi, &got, &f.err), -ERR_CONFIG);
    ck_assert_uint_eq(count(&f), 1);
}
END_TEST

START_TEST(is_no_entry)
{
    FIXTURE(f);
    autofree struct entry_id *ids = NULL;
    size_t n = 99;
    uint64_t before = changes_of(&f);
    put(&f, &wifi, "", "gone");
    put(&f, &alice_mail, "alice", "gone");
    ok(f, store_list(&f.store, &ids, &n, &f.err));
    ck_assert_uint_eq(n, 0);
    ck_assert_uint_eq(changes_of(&f), before); /* nobody's token changes for it */
}
END_TEST

/* In the order of store_list(), and nothing that only looks alike. */
START_TEST(lists_in_order_what_is_one)
{
    static const char *const others[] = {
        "removed/1000.json",
        "removed/.json",
        "removed/device.json",
        "removed/device..x.json",
        "removed/01.mail.json",
        "removed/-1.mail.json",
        "removed/4294967295.m.json",
        "removed/1000.mail",
        "removed/1000.mail.json.new",
        "removed/Device.mail.json",
        "removed/1000.a b.json",
        "removed/alice.mail.json",
        "removed/1000.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json",
    };
    static const struct entry_id ids[] = {
        {.owner = {.device = true}, .profile = "a.json"},
        {.owner = {.device = true}, .profile = "wifi"},
        {.owner = {.uid = 0}, .profile = "x"},
        {.owner = {.uid = 7}, .profile = "abcdefghijklmnopqrstuvwxyz012345"},
        {.owner = {.uid = 1000}, .profile = "a"},
        {.owner = {.uid = 1000}, .profile = "b.c.d"},
        {.owner = {.uid = 4294967294}, .profile = "-"},
    };
    FIXTURE(f);
    for (size_t i = LENGTH(ids); i-- > 0;)
        put(&f, &ids[i], "", "gone");
    for (size_t i = 0; i < LENGTH(others); i++)
        put_file(&f, others[i], "{}");
    autofree struct entry_id *got = NULL;
    size_t n = 0;
    ok(f, removed_list(&f.store, &got, &n, &f.err));
    ck_assert_uint_eq(n, LENGTH(ids));
    for (size_t i = 0; i < n; i++) {
        ck_assert(owner_same(&got[i].owner, &ids[i].owner));
        ck_assert_str_eq(got[i].profile, ids[i].profile);
    }
}
END_TEST

static const char *const damages[] = {
    "",
    "{",
    "[]",
    "{}",
    "{\"owner\":\"\",\"since\":1}",
    "{\"since\":1,\"reason\":\"x\"}",
    "{\"owner\":\"\",\"reason\":\"x\"}",
    "{\"owner\":\"\",\"since\":-1,\"reason\":\"x\"}",
    "{\"owner\":\"\",\"since\":\"1\",\"reason\":\"x\"}",
    "{\"owner\":7,\"since\":1,\"reason\":\"x\"}",
    "{\"owner\":\"\",\"since\":1,\"asked\":-1,\"reason\":\"x\"}",
    "{\"owner\":\"\",\"since\":1,\"reason\":[\"x\"]}",
};

START_TEST(damaged_is_none)
{
    FIXTURE(f);
    struct removed got = {.since = 3};
    put(&f, &wifi, "", "gone");
    put_file(&f, "removed/device.wifi.json", damages[_i]);
    ck_assert_int_eq(removed_get(&f.store, &wifi, &got, &f.err), -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(f.err.text, "removed/device.wifi.json"));
    ck_assert_int_eq(got.since, 3);
    ck_assert_uint_eq(count(&f), 1); /* so that it can be dropped */
}
END_TEST

START_TEST(takes_the_longest_and_cleans)
{
    FIXTURE(f);
    struct removed removed = {.id = wifi, .since = 1}, got;
    memset(removed.reason, '\a', sizeof removed.reason - 1);
    memset(removed.owner, 'a', sizeof removed.owner - 1);
    ok(f, removed_put(&f.store, &removed, &f.err));
    ok(f, removed_get(&f.store, &wifi, &got, &f.err));
    ck_assert_uint_eq(strlen(got.reason), sizeof got.reason - 1);
    ck_assert_uint_eq(strspn(got.reason, "?"), sizeof got.reason - 1);
    ck_assert_str_eq(got.owner, removed.owner);
}
END_TEST

Suite *removed_suite(void)
{
    Suite *suite = suite_create("store/removed");
    TCase *tc = tcase_create("removed");
    tcase_add_test(tc, puts_gets_and_drops);
    tcase_add_test(tc, is_no_entry);
    tcase_add_test(tc, lists_in_order_what_is_one);
    tcase_add_loop_test(tc, damaged_is_none, 0, LENGTH(damages));
    tcase_add_test(tc, takes_the_longest_and_cleans);
    suite_add_tcase(suite, tc);
    return suite;
}
