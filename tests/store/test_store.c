#include "tests/store/fixture.h"

#include <sys/file.h>
#include <sys/wait.h>

START_TEST(opens)
{
    FIXTURE(f);
    struct store again = {0};
    ok(f, store_open(f.path, false, &again, &f.err));
    store_close(&again);
    store_close(&again);
    ck_assert_int_eq(store_open(in_store(&f, "none"), false, &again, &f.err), -ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(f.err.text, "/none: there is no store"));
    ck_assert_int_eq(store_open(in_store(&f, "changes"), false, &again, &f.err), -ERR_CONFIG);
    ck_assert_int_eq(store_open(in_store(&f, "a/b"), true, &again, &f.err), -ERR_RETRY);
    ck_assert_int_eq(chmod(f.path, 0770), 0);
    ck_assert_int_eq(store_open(f.path, true, &again, &f.err), -ERR_DENIED);
    ck_assert_ptr_nonnull(strstr(f.err.text, "chmod go-w"));
}
END_TEST

/* What the counter's file may hold when a process comes to count. */
static const struct {
    const char *content;
    size_t len;
} counters[] = {
    {"", 0},
    {"\1", 1},
    {"\1\2\3\4\5\6\7", 7},
    {"\0\0\0\0\0\0\0\0", 8},
    {"\1\0\0\0\0\0\0\0", 8},
    {"\1\0\0\0\0\0\0\0and more", 16},
};

START_TEST(counts_up)
{
    FIXTURE(f);
    int fd = open(in_store(&f, "changes"), O_WRONLY | O_TRUNC);
    ck_assert_int_eq(write(fd, counters[_i].content, counters[_i].len), counters[_i].len);
    close(fd);
    uint64_t before = 0;
    if (counters[_i].len >= sizeof before)
        memcpy(&before, counters[_i].content, sizeof before);
    for (int i = 0; i < 3; i++) {
        ok(f, store_bump(&f.store, &f.err));
        uint64_t now = changes_of(&f);
        ck_assert_uint_gt(now, before);
        before = now;
    }
}
END_TEST

START_TEST(counts_higher_after_the_file_was_lost)
{
    FIXTURE(f);
    for (int i = 0; i < 100; i++)
        ok(f, store_bump(&f.store, &f.err));
    uint64_t before = changes_of(&f);
    /* The counter starts at the second; 2^20 changes fit in one. Made old enough not to depend on
     * it. */
    before -= 1u << 20;
    ck_assert_int_eq(unlink(in_store(&f, "changes")), 0);
    int fd;
    ck_assert_int_eq(store_changes_fd(&f.store, &fd, &f.err), -ERR_CONFIG);
    ok(f, store_bump(&f.store, &f.err));
    ck_assert_uint_gt(changes_of(&f), before);
}
END_TEST

/* The file was new when the power failed: its name came to the disk, its bytes did not. */
START_TEST(counts_again_in_a_file_of_no_bytes)
{
    FIXTURE(f);
    CLEANUP(store_close) struct store again = {0};
    uint64_t before = changes_of(&f) - (1u << 20);
    for (off_t len = 0; len < 8; len += 7) {
        ck_assert_int_eq(truncate(in_store(&f, "changes"), len), 0);
        store_close(&again);
        ok(f, store_open(f.path, true, &again, &f.err));
        ck_assert_uint_gt(changes_of(&f), before);
    }
}
END_TEST

START_TEST(counts_in_the_same_file)
{
    FIXTURE(f);
    autoclose int fd = -1;
    uint64_t before, after;
    ok(f, store_changes_fd(&f.store, &fd, &f.err));
    ck_assert_int_eq(pread(fd, &before, sizeof before, 0), sizeof before);
    ck_assert_int_eq(flock(fd, LOCK_EX), 0); /* as a client might */
    ok(f, store_bump(&f.store, &f.err));
    ck_assert_int_eq(pread(fd, &after, sizeof after, 0), sizeof after);
    ck_assert_uint_eq(after, before + 1);
    ck_assert_int_lt(pwrite(fd, &after, sizeof after, 0), 0);
}
END_TEST

START_TEST(counts_every_one_of_many_processes)
{
    enum { PROCESSES = 8, TIMES = 50 };
    FIXTURE(f);
    uint64_t before = changes_of(&f);
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0) {
            int rc = 0;
            for (int j = 0; j < TIMES && rc == 0; j++)
                rc = store_bump(&f.store, NULL);
            _exit(rc != 0);
        }
    for (int i = 0, status; i < PROCESSES; i++) {
        ck_assert_int_gt(wait(&status), 0);
        ck_assert_int_eq(status, 0);
    }
    ck_assert_uint_eq(changes_of(&f), before + PROCESSES * TIMES);
}
END_TEST

START_TEST(refuses_what_is_no_counter)
{
    FIXTURE(f);
    int fd;
    ck_assert_int_eq(unlink(in_store(&f, "changes")), 0);
    ck_assert_int_eq(mkfifo(in_store(&f, "changes"), 0600), 0);
    ck_assert_int_eq(store_changes_fd(&f.store, &fd, &f.err), -ERR_CONFIG);
    ck_assert_int_lt(store_bump(&f.store, &f.err), 0);
    ck_assert_int_eq(unlink(in_store(&f, "changes")), 0);
    ck_assert_int_eq(symlink("/etc/hostname", in_store(&f, "changes")), 0);
    ck_assert_int_eq(store_changes_fd(&f.store, &fd, &f.err), -ERR_DENIED);
    ck_assert_int_eq(store_bump(&f.store, &f.err), -ERR_DENIED);
}
END_TEST

/* A folder below the store, and how store_list() reads it; NULL: it passes over it. */
static const struct {
    const char *folder, *as;
} folders[] = {
    {"users", NULL},
    {"users/1000", NULL},
    {"users/1000/wifi", "1000/wifi"},
    {"users/1000/vpn", "1000/vpn"},
    {"users/999", NULL},
    {"users/999/wifi", "999/wifi"},
    {"users/0", NULL},
    {"users/0/a", "0/a"},
    {"users/4294967294", NULL},
    {"users/4294967294/a", "4294967294/a"},
    {"users/4294967295", NULL}, /* (uid_t)-1 */
    {"users/4294967295/a", NULL},
    {"users/99999999999999999999", NULL},
    {"users/99999999999999999999/a", NULL},
    {"users/01000", NULL},
    {"users/01000/a", NULL},
    {"users/+1", NULL},
    {"users/+1/a", NULL},
    {"users/-1", NULL},
    {"users/-1/a", NULL},
    {"users/alice", NULL},
    {"users/alice/a", NULL},
    {"users/ 7", NULL},
    {"users/ 7/a", NULL},
    {"device/z", "device/z"},
    {"device/A.b_c-9", "device/A.b_c-9"},
    {"device/.hidden", NULL},
    {"device/with space", NULL},
    {"device/new\nline", NULL},
    {"device/\303\245", NULL},
    {"device/abcdefghijklmnopqrstuvwxyz012345", "device/abcdefghijklmnopqrstuvwxyz012345"},
    {"device/abcdefghijklmnopqrstuvwxyz0123456", NULL},
};

static const char *const listed[] = {
    "device/A.b_c-9", "device/abcdefghijklmnopqrstuvwxyz012345",
    "device/z",       "0/a",
    "999/wifi",       "1000/vpn",
    "1000/wifi",      "4294967294/a",
};

static void make_folders(const struct fixture *f)
{
    for (size_t i = 0; i < LENGTH(folders); i++)
        ck_assert_msg(mkdir(in_store(f, folders[i].folder), 0700) == 0 || i == 0, "%s",
                      folders[i].folder);
    put_file(f, "device/file", "");
    ck_assert_int_eq(symlink("z", in_store(f, "device/link")), 0);
    ck_assert_int_eq(symlink("1000", in_store(f, "users/1001")), 0);
}

static void ck_assert_ids(const struct entry_id *ids, size_t n, const char *const *wanted)
{
    for (size_t i = 0; i < n; i++) {
        char text[64];
        if (ids[i].owner.device)
            snprintf(text, sizeof text, "device/%s", ids[i].profile);
        else
            snprintf(text, sizeof text, "%u/%s", ids[i].owner.uid, ids[i].profile);
        ck_assert_str_eq(text, wanted[i]);
    }
}

START_TEST(lists)
{
    FIXTURE(f);
    autofree struct entry_id *ids = NULL;
    size_t n = 0;
    make_folders(&f);
    ok(f, store_list(&f.store, &ids, &n, &f.err));
    ck_assert_uint_eq(n, LENGTH(listed));
    ck_assert_ids(ids, n, listed);
}
END_TEST

/* Whose of `listed` are from where, and how many. */
static const struct {
    struct owner owner;
    size_t from, n;
} owners[] = {
    {{.device = true}, 0, 3}, {{.uid = 0}, 3, 1},          {{.uid = 999}, 4, 1},
    {{.uid = 1000}, 5, 2},    {{.uid = 4294967294}, 7, 1}, {{.uid = 1001}, 0, 0}, /* a link */
    {{.uid = 7}, 0, 0},       {{.uid = 2000}, 0, 0},
};

START_TEST(lists_one_owner)
{
    FIXTURE(f);
    autofree struct entry_id *ids = NULL;
    size_t n = 99;
    make_folders(&f);
    ok(f, owner_list(&f.store, &owners[_i].owner, &ids, &n, &f.err));
    ck_assert_uint_eq(n, owners[_i].n);
    ck_assert_ids(ids, n, listed + owners[_i].from);
}
END_TEST

START_TEST(lists_nothing_where_nothing_is)
{
    FIXTURE(f);
    autofree struct entry_id *ids = NULL;
    size_t n = 7;
    ok(f, store_list(&f.store, &ids, &n, &f.err));
    ck_assert_uint_eq(n, 0);
    ck_assert_int_eq(rmdir(in_store(&f, "users")), 0);
    ck_assert_int_eq(rmdir(in_store(&f, "device")), 0);
    put_file(&f, "device", "");
    autofree struct entry_id *again = NULL;
    ok(f, store_list(&f.store, &again, &n, &f.err));
    ck_assert_uint_eq(n, 0);
    for (size_t i = 0; i < LENGTH(owners); i++) {
        autofree struct entry_id *own = NULL;
        n = 7;
        ok(f, owner_list(&f.store, &owners[i].owner, &own, &n, &f.err));
        ck_assert_uint_eq(n, 0);
    }
}
END_TEST

Suite *store_suite(void)
{
    Suite *suite = suite_create("store/store");
    TCase *tc = tcase_create("store");
    tcase_add_test(tc, opens);
    tcase_add_loop_test(tc, counts_up, 0, LENGTH(counters));
    tcase_add_test(tc, counts_higher_after_the_file_was_lost);
    tcase_add_test(tc, counts_again_in_a_file_of_no_bytes);
    tcase_add_test(tc, counts_in_the_same_file);
    tcase_add_test(tc, counts_every_one_of_many_processes);
    tcase_add_test(tc, refuses_what_is_no_counter);
    tcase_add_test(tc, lists);
    tcase_add_loop_test(tc, lists_one_owner, 0, LENGTH(owners));
    tcase_add_test(tc, lists_nothing_where_nothing_is);
    suite_add_tcase(suite, tc);
    return suite;
}
