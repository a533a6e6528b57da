#include "tests/store/fixture.h"

/* Current is NUMBER, whole, with key and certificate TAG. */
static void assert_current(struct fixture *f, unsigned number, const char *tag)
{
    unsigned current = 0;
    ok(*f, entry_current(&f->entry, &current, &f->err));
    ck_assert_uint_eq(current, number);
    CLEANUP(generation_free) struct generation g = {0};
    ok(*f, entry_read(&f->entry, number, PART_ALL, &g, &f->err));
    ck_assert_uint_eq(g.number, number);
    ck_assert_ptr_nonnull(strstr(buf_text(&g.key_pem), tag));
    ck_assert_ptr_nonnull(strstr(buf_text(&g.cert_pem), tag));
    ck_assert_str_eq(json_text(g.meta, "tag", ""), tag);
}

START_TEST(switches_and_keeps_the_one_before)
{
    FIXTURE(f);
    fixture_entry(&f);
    uint64_t before = changes_of(&f);
    ck_assert_uint_eq(enrol(&f, "one"), 1);
    assert_current(&f, 1, "one");
    ck_assert_uint_gt(changes_of(&f), before);
    ck_assert(!is_there(&f, "device/wifi/pending"));

    ck_assert_uint_eq(enrol(&f, "two"), 2);
    ck_assert(is_there(&f, "device/wifi/generations/1"));
    ck_assert_uint_eq(enrol(&f, "three"), 3);
    assert_current(&f, 3, "three");
    ck_assert(is_there(&f, "device/wifi/generations/2"));
    ck_assert(!is_there(&f, "device/wifi/generations/1"));
}
END_TEST

START_TEST(keeps_files_from_others)
{
    static const char *const paths[] = {
        "device",
        "users",
        "anchors",
        "device/wifi",
        "device/wifi/generations",
        "device/wifi/generations/1",
        "device/wifi/generations/1/key.pem",
        "device/wifi/generations/1/cert.pem",
        "device/wifi/lock",
        "changes",
    };
    FIXTURE(f);
    mode_t old = umask(0);
    fixture_entry(&f);
    enrol(&f, "one");
    umask(old);
    for (size_t i = 0; i < LENGTH(paths); i++) {
        struct stat st;
        ck_assert_int_eq(lstat(in_store(&f, paths[i]), &st), 0);
        ck_assert_msg((st.st_mode & 077) == 0, "%s: %o", paths[i], st.st_mode);
    }
}
END_TEST

START_TEST(needs_a_pending_key)
{
    FIXTURE(f);
    fixture_entry(&f);
    unsigned number = 77;
    autobuf key = {0};
    ck_assert_int_eq(entry_pending_get(&f.entry, &key, &f.err), -ERR_CONFIG);
    ck_assert_int_eq(commit(&f, "one", &number), -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(f.err.text, "device/wifi: pending/key.pem"));
    ck_assert_uint_eq(number, 77);
    ck_assert(!is_there(&f, "device/wifi/current"));
}
END_TEST

START_TEST(needs_the_lock)
{
    FIXTURE(f);
    ok(f, entry_open(&f.store, &wifi, true, &f.entry, &f.err));
    unsigned number;
    ck_assert_int_eq(put_pending(&f, "one"), -ERR_BUG);
    ck_assert_int_eq(commit(&f, "one", &number), -ERR_BUG);
    ck_assert_int_eq(entry_remove(&f.entry, &f.err), -ERR_BUG);
}
END_TEST

/* What is no PEM, or too large, is refused before anything is written. */
static const struct {
    const char *cert, *chain;
    size_t repeat; /* of chain */
} bad[] = {
    {"", "", 1},
    {"x", "", 1},
    {"-----BEGIN CERTIFICATE-----\nx\n", "", 1},
    {"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----", "", 1},
    {"x-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n", "", 1},
    {"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n<html>-----\n", "", 1},
    {"-----BEGIN C-----\nx\n-----END C-----\n", "x", 1},
    {"-----BEGIN C-----\nx\n-----END C-----\n", "-----BEGIN C-----\nx\n-----END C-----\n", 2048},
};

START_TEST(refuses_what_could_not_be_read_back)
{
    FIXTURE(f);
    fixture_entry(&f);
    ok(f, put_pending(&f, "one"));
    autobuf cert = text_buf(bad[_i].cert), chain = {0};
    for (size_t i = 0; i < bad[_i].repeat; i++)
        ck_assert_int_eq(buf_add_text(&chain, bad[_i].chain, NULL), 0);
    autojson *meta = json_object();
    unsigned number;
    ck_assert_int_lt(entry_commit(&f.entry, &cert, &chain, meta, &number, &f.err), 0);
    ck_assert(!is_there(&f, "device/wifi/generations"));
    ck_assert(is_there(&f, "device/wifi/pending/key.pem"));
}
END_TEST

/* In the way of the commit: it fails or steps over them, and nothing is lost. */
START_TEST(steps_over_what_is_in_the_way)
{
    FIXTURE(f);
    fixture_entry(&f);
    enrol(&f, "one");
    ok(f, put_pending(&f, "two"));
    put_file(&f, "device/wifi/current.new", "x");
    ck_assert_int_eq(mkdir(in_store(&f, "device/wifi/generations/2.new"), 0700), 0);
    put_file(&f, "device/wifi/generations/2.new/key.pem", "half");
    ck_assert_int_eq(mkdir(in_store(&f, "device/wifi/generations/7"), 0700), 0);
    unsigned number = 0;
    ok(f, commit(&f, "two", &number));
    ck_assert_uint_eq(number, 8);
    assert_current(&f, 8, "two");
}
END_TEST

START_TEST(runs_out_of_numbers_without_harm)
{
    FIXTURE(f);
    fixture_entry(&f);
    enrol(&f, "one");
    ok(f, put_pending(&f, "two"));
    ck_assert_int_eq(mkdir(in_store(&f, "device/wifi/generations/999999999"), 0700), 0);
    unsigned number = 0;
    ck_assert_int_eq(commit(&f, "two", &number), -ERR_RESOURCE);
    assert_current(&f, 1, "one");
    fixture_again(&f); /* above current, and not current: cleared away */
    ok(f, commit(&f, "two", &number));
    assert_current(&f, 2, "two");
}
END_TEST

Suite *commit_suite(void)
{
    Suite *suite = suite_create("store/commit");
    TCase *tc = tcase_create("commit");
    tcase_add_test(tc, switches_and_keeps_the_one_before);
    tcase_add_test(tc, keeps_files_from_others);
    tcase_add_test(tc, needs_a_pending_key);
    tcase_add_test(tc, needs_the_lock);
    tcase_add_loop_test(tc, refuses_what_could_not_be_read_back, 0, LENGTH(bad));
    tcase_add_test(tc, steps_over_what_is_in_the_way);
    tcase_add_test(tc, runs_out_of_numbers_without_harm);
    suite_add_tcase(suite, tc);
    return suite;
}
