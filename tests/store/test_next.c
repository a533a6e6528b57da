/* next-ca.pem: kept whole, or not there. */
#include "tests/store/fixture.h"

static void expect(struct fixture *f, const struct buf *wanted)
{
    autobuf got = {0};
    ok(*f, entry_next_get(&f->entry, &got, &f->err));
    ck_assert(buf_equal(&got, wanted));
}

START_TEST(puts_and_gets)
{
    FIXTURE(f);
    fixture_entry(&f);
    autobuf one = pem("CERTIFICATE", "one"), two = pem("CERTIFICATE", "two"), none = {0};
    expect(&f, &none);
    ok(f, entry_next_put(&f.entry, &one, &f.err));
    expect(&f, &one);
    ok(f, entry_next_put(&f.entry, &two, &f.err));
    ok(f, entry_next_put(&f.entry, &two, &f.err));
    fixture_again(&f);
    expect(&f, &two);
    ok(f, entry_remove(&f.entry, &f.err));
    ck_assert(!is_there(&f, "device/wifi"));
}
END_TEST

START_TEST(what_is_no_pem_is_not_kept)
{
    FIXTURE(f);
    fixture_entry(&f);
    autobuf rubbish = text_buf("rubbish"), one = pem("CERTIFICATE", "one"), large = {0};
    ck_assert_int_eq(entry_next_put(&f.entry, &rubbish, &f.err), -ERR_BUG);
    for (int i = 0; i < 2000; i++)
        ck_assert_int_eq(buf_add(&large, one.data, one.len, NULL), 0);
    ck_assert_int_eq(entry_next_put(&f.entry, &large, &f.err), -ERR_BUG);
    ck_assert(!is_there(&f, "device/wifi/next-ca.pem"));
    close(steal_fd(&f.entry.lock));
    ck_assert_int_eq(entry_next_put(&f.entry, &one, &f.err), -ERR_BUG); /* without the lock */
}
END_TEST

static const char *const damage[] = {"", "rubbish", "-----BEGIN CERTIFICATE-----\nAAAA\n",
                                     "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERT"};

START_TEST(a_damaged_one_is_none)
{
    FIXTURE(f);
    fixture_entry(&f);
    autobuf one = pem("CERTIFICATE", "one"), none = {0};
    put_file(&f, "device/wifi/next-ca.pem", damage[_i]);
    expect(&f, &none);
    ok(f, entry_next_put(&f.entry, &one, &f.err));
    expect(&f, &one);
}
END_TEST

START_TEST(what_is_in_its_place_goes)
{
    FIXTURE(f);
    fixture_entry(&f);
    autobuf one = pem("CERTIFICATE", "one"), none = {0};
    ck_assert_int_eq(mkdir(in_store(&f, "device/wifi/next-ca.pem"), 0700), 0);
    expect(&f, &none);
    fixture_again(&f); /* which clears it away */
    ok(f, entry_next_put(&f.entry, &one, &f.err));
    expect(&f, &one);
}
END_TEST

Suite *next_suite(void)
{
    Suite *suite = suite_create("store/next");
    TCase *tc = tcase_create("next");
    tcase_add_test(tc, puts_and_gets);
    tcase_add_test(tc, what_is_no_pem_is_not_kept);
    tcase_add_loop_test(tc, a_damaged_one_is_none, 0, LENGTH(damage));
    tcase_add_test(tc, what_is_in_its_place_goes);
    suite_add_tcase(suite, tc);
    return suite;
}
