/* The key that signs the messages about a request goes with that request. */
#include "tests/store/fixture.h"

#define PLACE "device/wifi/pending/signer.pem"

static int put_signer(struct fixture *f, const char *name)
{
    autobuf key = pem("PRIVATE KEY", name);
    return entry_signer_put(&f->entry, &key, &f->err);
}

static void commit_it(struct fixture *f)
{
    unsigned number;
    ok(*f, commit(f, "one", &number));
}

static void another_key(struct fixture *f)
{
    ok(*f, put_pending(f, "two"));
}

static void remove_it(struct fixture *f)
{
    ok(*f, entry_remove(&f->entry, &f->err));
}

static void (*const ends[])(struct fixture *f) = {commit_it, another_key, remove_it};

START_TEST(goes_with_its_request)
{
    FIXTURE(f);
    fixture_entry(&f);
    ok(f, put_pending(&f, "one"));
    ok(f, put_signer(&f, "older"));
    ok(f, put_signer(&f, "signer"));
    fixture_again(&f);
    autobuf back = {0}, expected = pem("PRIVATE KEY", "signer");
    ok(f, entry_signer_get(&f.entry, &back, &f.err));
    ck_assert_str_eq(buf_text(&back), buf_text(&expected));
    struct stat st;
    ck_assert_int_eq(lstat(in_store(&f, PLACE), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    ends[_i](&f);
    ck_assert(!is_there(&f, PLACE));
}
END_TEST

START_TEST(needs_a_request_and_a_lock)
{
    FIXTURE(f);
    fixture_entry(&f);
    autobuf back = {0}, torn = text_buf("-----BEGIN PRIVATE KEY-----\nAAAA\n");
    ck_assert_int_eq(put_signer(&f, "signer"), -ERR_CONFIG);
    ck_assert_int_eq(entry_signer_get(&f.entry, &back, &f.err), -ERR_CONFIG);
    ok(f, put_pending(&f, "one"));
    ck_assert_int_eq(entry_signer_get(&f.entry, &back, &f.err), -ERR_CONFIG);
    ck_assert_int_eq(entry_signer_put(&f.entry, &torn, &f.err), -ERR_BUG);
    ck_assert(!is_there(&f, PLACE));
    entry_close(&f.entry);
    ok(f, entry_open(&f.store, &wifi, false, &f.entry, &f.err));
    ck_assert_int_eq(put_signer(&f, "signer"), -ERR_BUG);
}
END_TEST

/* What a damaged file system may have in its place. */
static const char *const oddities[] = {"mkfifo %s", "mkdir %s", "ln -s ../state.json %s",
                                       "ln -s nowhere %s", "truncate -s 1G %s"};

START_TEST(anything_in_its_place_is_none)
{
    FIXTURE(f);
    fixture_entry(&f);
    ok(f, put_pending(&f, "one"));
    autofree char *command = text_format(oddities[_i], in_store(&f, PLACE));
    ck_assert_int_eq(system(command), 0);
    autobuf back = {0};
    ck_assert_int_lt(entry_signer_get(&f.entry, &back, &f.err), 0);
    ck_assert_uint_eq(back.len, 0);
    ok(f, put_pending(&f, "two"));
    ck_assert(!is_there(&f, PLACE));
}
END_TEST

Suite *store_signer_suite(void)
{
    Suite *suite = suite_create("store/signer");
    TCase *tc = tcase_create("signer");
    tcase_add_loop_test(tc, goes_with_its_request, 0, LENGTH(ends));
    tcase_add_test(tc, needs_a_request_and_a_lock);
    tcase_add_loop_test(tc, anything_in_its_place_is_none, 0, LENGTH(oddities));
    suite_add_tcase(suite, tc);
    return suite;
}
