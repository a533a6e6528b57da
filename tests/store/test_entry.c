#include "tests/store/fixture.h"

#include <errno.h>

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

static const struct entry_id alice_wifi = {.owner = {.uid = 1000}, .profile = "wifi"};

/* alice's, with all that an entry can have. */
static void alices(struct fixture *f)
{
    static const struct strings nobody = {0};
    const struct entry_state state = {.phase = PHASE_INSTALLED, .reason = "hers"};
    ok(*f, entry_open(&f->store, &alice_wifi, true, &f->entry, &f->err));
    ok(*f, entry_lock(&f->entry, PATIENCE, &f->err));
    ok(*f, entry_access_put(&f->entry, "alice", &nobody, &f->err));
    ok(*f, entry_state_write(&f->entry, &state, &f->err));
    enrol(f, "one");
    enrol(f, "two");
    ok(*f, put_pending(f, "three"));
}

static bool has_anything(const struct fixture *f)
{
    static const char *const parts[] = {"current", "generations", "pending", "state.json"};
    for (size_t i = 0; i < LENGTH(parts); i++) {
        char path[64];
        snprintf(path, sizeof path, "users/1000/wifi/%s", parts[i]);
        if (is_there(f, path))
            return true;
    }
    return false;
}

START_TEST(the_same_owner_keeps_all)
{
    FIXTURE(f);
    alices(&f);
    uint64_t before = changes_of(&f);
    bool removed = true;
    unsigned number = 0;
    ok(f, entry_claim(&f.entry, "alice", &removed, &f.err));
    ck_assert(!removed);
    ok(f, entry_current(&f.entry, &number, &f.err));
    ck_assert_uint_eq(number, 2);
    ck_assert(is_there(&f, "users/1000/wifi/pending/key.pem"));
    ck_assert_uint_eq(changes_of(&f), before);
}
END_TEST

START_TEST(is_empty_without_what_somebody_had)
{
    static const char *const parts[] = {"current", "pending", "generations", "next-ca.pem",
                                        "state.json"};
    FIXTURE(f);
    fixture_entry(&f);
    ck_assert(entry_is_empty(&f.entry));
    entry_close(&f.entry);
    alices(&f);
    for (size_t i = 0; i < LENGTH(parts); i++) {
        autofree char *path = text_format("users/1000/wifi/%s", parts[i]);
        ck_assert(!entry_is_empty(&f.entry));
        ok(f, fs_remove_tree(f.store.fd, path, &f.err));
    }
    ck_assert(entry_is_empty(&f.entry));
    ck_assert(is_there(&f, "users/1000/wifi/access.json"));
}
END_TEST

/* What became of alice's before somebody else claims it: removed, or damaged, by PATH. */
static const struct {
    const char *path, *text; /* TEXT NULL: removed */
    const char *who;
} claims[] = {
    {"lock.nothing", NULL, "bob"},
    {"lock.nothing", NULL, "alic"},
    {"lock.nothing", NULL, "Alice"},
    {"access.json", NULL, "bob"},
    {"access.json", NULL, "alice"}, /* whose it is nobody knows */
    {"access.json", "{\"access\":[]}", "alice"},
    {"access.json", "", "alice"},
    {"access.json", "{\"access\":[],\"owner\":7}", "alice"},
    {"current", NULL, "bob"}, /* one that was cut short */
    {"state.json", NULL, "bob"},
    {"pending/key.pem", NULL, "bob"},
};

START_TEST(another_owner_gets_nothing_of_it)
{
    FIXTURE(f);
    CLEANUP(entry_access_free) struct entry_access access = {0};
    char path[64];
    alices(&f);
    snprintf(path, sizeof path, "users/1000/wifi/%s", claims[_i].path);
    if (claims[_i].text)
        put_file(&f, path, claims[_i].text);
    else
        ck_assert(unlink(in_store(&f, path)) == 0 || errno == ENOENT);
    uint64_t before = changes_of(&f);
    bool removed = false;
    ok(f, entry_claim(&f.entry, claims[_i].who, &removed, &f.err));
    ck_assert(removed);
    ck_assert(!has_anything(&f));
    ok(f, entry_access_get(&f.entry, &access, &f.err));
    ck_assert_str_eq(access.owner, claims[_i].who);
    ck_assert_uint_gt(changes_of(&f), before);
    ck_assert_uint_eq(enrol(&f, "new"), 1);
}
END_TEST

START_TEST(claims_what_is_new_and_needs_the_lock)
{
    FIXTURE(f);
    bool removed = true;
    ok(f, entry_open(&f.store, &alice_wifi, true, &f.entry, &f.err));
    ck_assert_int_eq(entry_claim(&f.entry, "bob", &removed, &f.err), -ERR_BUG);
    ok(f, entry_lock(&f.entry, PATIENCE, &f.err));
    ok(f, entry_claim(&f.entry, "bob", &removed, &f.err));
    ck_assert(!removed);
    ck_assert_int_eq(entry_claim(&f.entry, "al\nice", &removed, &f.err), -ERR_CONFIG);
}
END_TEST

START_TEST(the_device_is_nobody)
{
    FIXTURE(f);
    bool removed = true;
    fixture_entry(&f);
    enrol(&f, "one");
    ok(f, entry_claim(&f.entry, NULL, &removed, &f.err));
    ck_assert(!removed);
    ck_assert(is_there(&f, "device/wifi/current"));
    ck_assert(!is_there(&f, "device/wifi/access.json"));
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
    tcase_add_test(tc, is_empty_without_what_somebody_had);
    tcase_add_test(tc, the_same_owner_keeps_all);
    tcase_add_loop_test(tc, another_owner_gets_nothing_of_it, 0, LENGTH(claims));
    tcase_add_test(tc, claims_what_is_new_and_needs_the_lock);
    tcase_add_test(tc, the_device_is_nobody);
    suite_add_tcase(suite, tc);
    return suite;
}
