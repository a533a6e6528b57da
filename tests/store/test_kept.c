/* What is kept for a retry is a secret: it goes with its request, and is overwritten first. */
#include "tests/store/fixture.h"

#include <sys/resource.h>

#define PLACE "device/wifi/pending/challenge"

static void keep(struct fixture *f, const char *text)
{
    autobuf secret = text_buf(text);
    ok(*f, entry_kept_put(&f->entry, &secret, &f->err));
}

static void drop(struct fixture *f)
{
    ok(*f, entry_kept_drop(&f->entry, &f->err));
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

static void (*const ends[])(struct fixture *f) = {drop, commit_it, another_key, remove_it};

START_TEST(is_overwritten_before_it_goes)
{
    FIXTURE(f);
    fixture_entry(&f);
    ok(f, put_pending(&f, "one"));
    keep(&f, "hunter2");
    autobuf back = {0};
    ok(f, entry_kept_get(&f.entry, &back, &f.err));
    ck_assert_str_eq(buf_text(&back), "hunter2");
    struct stat st;
    ck_assert_int_eq(lstat(in_store(&f, PLACE), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    autoclose int fd = open(in_store(&f, PLACE), O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ends[_i](&f);
    char left[8], zeros[8] = {0};
    ck_assert_int_eq(pread(fd, left, sizeof left, 0), strlen("hunter2"));
    ck_assert_mem_eq(left, zeros, strlen("hunter2"));
    ck_assert(!is_there(&f, PLACE));
}
END_TEST

START_TEST(needs_a_request_and_a_lock)
{
    FIXTURE(f);
    fixture_entry(&f);
    autobuf secret = text_buf("hunter2"), back = {0};
    ck_assert_int_eq(entry_kept_put(&f.entry, &secret, &f.err), -ERR_CONFIG);
    ck_assert_int_eq(entry_kept_get(&f.entry, &back, &f.err), -ERR_CONFIG);
    ok(f, entry_kept_drop(&f.entry, &f.err));
    ok(f, put_pending(&f, "one"));
    ck_assert_int_eq(entry_kept_get(&f.entry, &back, &f.err), -ERR_CONFIG);
    ok(f, entry_kept_drop(&f.entry, &f.err));
    entry_close(&f.entry);
    ok(f, entry_open(&f.store, &wifi, false, &f.entry, &f.err));
    ck_assert_int_eq(entry_kept_put(&f.entry, &secret, &f.err), -ERR_BUG);
    ck_assert_int_eq(entry_kept_drop(&f.entry, &f.err), -ERR_BUG);
}
END_TEST

/* What a damaged file system may have in its place. */
static const char *const oddities[] = {"mkfifo %s", "mkdir %s", "ln -s ../state.json %s",
                                       "ln -s nowhere %s", "truncate -s 1G %s"};

START_TEST(anything_in_its_place_goes)
{
    FIXTURE(f);
    fixture_entry(&f);
    ok(f, put_pending(&f, "one"));
    put_file(&f, "device/wifi/state.json", "hunter2");
    autofree char *command = text_format(oddities[_i], in_store(&f, PLACE));
    ck_assert_int_eq(system(command), 0);
    autobuf back = {0};
    ck_assert_int_lt(entry_kept_get(&f.entry, &back, &f.err), 0);
    ok(f, entry_kept_drop(&f.entry, &f.err));
    ck_assert(!is_there(&f, PLACE));
    struct stat st;
    ck_assert_int_eq(lstat(in_store(&f, "device/wifi/state.json"), &st), 0);
    ck_assert_int_eq(st.st_size, strlen("hunter2"));
}
END_TEST

/* It goes, and whoever asked hears that its bytes may still be on the disk. */
START_TEST(what_cannot_be_overwritten_is_told)
{
    FIXTURE(f);
    fixture_entry(&f);
    ok(f, put_pending(&f, "one"));
    keep(&f, "hunter2");
    struct rlimit before, few;
    int folder = open("/dev/null", O_RDONLY | O_CLOEXEC); /* the number that it will have */
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = (struct rlimit){.rlim_cur = (rlim_t)folder + 1, .rlim_max = before.rlim_max};
    close(folder);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    int rc = entry_kept_drop(&f.entry, &f.err);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert_int_eq(rc, -ERR_RESOURCE);
    ck_assert_ptr_nonnull(strstr(f.err.text, "wipe challenge"));
    ck_assert(!is_there(&f, PLACE));
}
END_TEST

Suite *store_kept_suite(void)
{
    Suite *suite = suite_create("store/kept");
    TCase *tc = tcase_create("kept");
    tcase_add_loop_test(tc, is_overwritten_before_it_goes, 0, LENGTH(ends));
    tcase_add_test(tc, needs_a_request_and_a_lock);
    tcase_add_loop_test(tc, anything_in_its_place_goes, 0, LENGTH(oddities));
    tcase_add_test(tc, what_cannot_be_overwritten_is_told);
    suite_add_tcase(suite, tc);
    return suite;
}
