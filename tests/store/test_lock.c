#include "tests/store/fixture.h"

#include <sys/wait.h>

/* Another process: runs BODY, tells by a byte when it is there, and stays until it is let go. */
struct other {
    pid_t pid;
    int told, go;
};

static struct other other_start(void (*body)(struct fixture *, struct other *), struct fixture *f)
{
    int told[2], go[2];
    ck_assert_int_eq(pipe(told) | pipe(go), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        close(told[0]);
        close(go[1]);
        entry_close(&f->entry); /* a lock is held as long as any copy of its descriptor is open */
        struct other self = {.told = told[1], .go = go[0]};
        body(f, &self);
        _exit(0);
    }
    close(told[1]);
    close(go[0]);
    return (struct other){.pid = pid, .told = told[0], .go = go[1]};
}

static void tell(struct other *self)
{
    if (write(self->told, "x", 1) != 1)
        _exit(2);
}

/* Waits for a byte from the other side; false at its end. */
static bool hear(int fd)
{
    char c;
    return read(fd, &c, 1) == 1;
}

static int other_end(struct other *other)
{
    int status = -1;
    close(other->go);
    close(other->told);
    ck_assert_int_eq(waitpid(other->pid, &status, 0), other->pid);
    return status;
}

static struct entry other_locked(struct fixture *f, deadline until)
{
    struct entry entry = {0};
    if (entry_open(&f->store, &wifi, true, &entry, NULL) < 0 || entry_lock(&entry, until, NULL) < 0)
        _exit(3);
    return entry;
}

static void hold(struct fixture *f, struct other *self)
{
    CLEANUP(entry_close) struct entry entry = other_locked(f, PATIENCE);
    tell(self);
    hear(self->go);
}

START_TEST(one_process_at_a_time)
{
    FIXTURE(f);
    struct other other = other_start(hold, &f);
    ck_assert(hear(other.told));
    ok(f, entry_open(&f.store, &wifi, false, &f.entry, &f.err));
    ck_assert_int_eq(entry_lock(&f.entry, deadline_in(0), &f.err), -ERR_RETRY);
    ck_assert_ptr_nonnull(strstr(f.err.text, "device/wifi: another process"));
    ck_assert_int_eq(entry_lock(&f.entry, deadline_in(30), &f.err), -ERR_RETRY);
    ck_assert_int_eq(other_end(&other), 0);
    ok(f, entry_lock(&f.entry, deadline_in(0), &f.err));
    ck_assert_int_eq(entry_lock(&f.entry, deadline_in(0), &f.err), -ERR_BUG);
}
END_TEST

START_TEST(goes_with_a_killed_process)
{
    FIXTURE(f);
    struct other other = other_start(hold, &f);
    ck_assert(hear(other.told));
    ck_assert_int_eq(kill(other.pid, SIGKILL), 0);
    ok(f, entry_open(&f.store, &wifi, false, &f.entry, &f.err));
    ok(f, entry_lock(&f.entry, PATIENCE, &f.err));
    ck_assert_int_eq(other_end(&other), SIGKILL);
}
END_TEST

/* Says that it begins to wait, then waits and enrols. */
static void wait_and_enrol(struct fixture *f, struct other *self)
{
    CLEANUP(entry_close) struct entry entry = {0};
    if (entry_open(&f->store, &wifi, true, &entry, NULL) < 0)
        _exit(3);
    tell(self);
    if (entry_lock(&entry, PATIENCE, NULL) < 0)
        _exit(4);
    autobuf key = pem("PRIVATE KEY", "other");
    if (entry_pending_put(&entry, &key, NULL) < 0)
        _exit(5);
    tell(self);
}

START_TEST(a_waiter_gets_it)
{
    FIXTURE(f);
    fixture_entry(&f);
    struct other other = other_start(wait_and_enrol, &f);
    ck_assert(hear(other.told));
    entry_close(&f.entry);
    ck_assert(hear(other.told));
    ck_assert_int_eq(other_end(&other), 0);
    ck_assert(is_there(&f, "device/wifi/pending/key.pem"));
}
END_TEST

START_TEST(a_waiter_outlives_a_remove)
{
    FIXTURE(f);
    fixture_entry(&f);
    enrol(&f, "one");
    struct other other = other_start(wait_and_enrol, &f);
    ck_assert(hear(other.told));
    ok(f, entry_remove(&f.entry, &f.err));
    entry_close(&f.entry);
    ck_assert(hear(other.told));
    ck_assert_int_eq(other_end(&other), 0);
    /* In the new folder, not in the one that is gone. */
    ck_assert(is_there(&f, "device/wifi/pending/key.pem"));
    ck_assert(!is_there(&f, "device/wifi/generations"));
}
END_TEST

START_TEST(a_waiter_that_may_not_create_is_told)
{
    FIXTURE(f);
    fixture_entry(&f);
    CLEANUP(entry_close) struct entry second = {0};
    ok(f, entry_open(&f.store, &wifi, false, &second, &f.err));
    ok(f, entry_remove(&f.entry, &f.err));
    ck_assert_int_eq(entry_lock(&second, PATIENCE, &f.err), -ERR_CONFIG);
    ck_assert(!is_there(&f, "device/wifi"));
}
END_TEST

START_TEST(a_folder_that_was_replaced_is_opened_anew)
{
    FIXTURE(f);
    CLEANUP(entry_close) struct entry second = {0};
    fixture_entry(&f);
    ok(f, entry_open(&f.store, &wifi, false, &second, &f.err));
    ok(f, entry_remove(&f.entry, &f.err));
    fixture_again(&f);
    enrol(&f, "new");
    ck_assert_int_eq(entry_lock(&second, deadline_in(0), &f.err), -ERR_RETRY);
    entry_close(&f.entry);
    ok(f, entry_lock(&second, PATIENCE, &f.err));
    unsigned number = 0;
    ok(f, entry_current(&second, &number, &f.err));
    ck_assert_uint_eq(number, 1);
}
END_TEST

START_TEST(a_lock_that_is_no_file)
{
    FIXTURE(f);
    ok(f, entry_open(&f.store, &wifi, true, &f.entry, &f.err));
    ck_assert_int_eq(mkfifo(in_store(&f, "device/wifi/lock"), 0600), 0);
    ck_assert_int_eq(entry_lock(&f.entry, PATIENCE, &f.err), -ERR_CONFIG);
    ck_assert_int_eq(unlink(in_store(&f, "device/wifi/lock")), 0);
    ck_assert_int_eq(symlink("/dev/null", in_store(&f, "device/wifi/lock")), 0);
    ck_assert_int_eq(entry_lock(&f.entry, PATIENCE, &f.err), -ERR_DENIED);
    ck_assert_int_eq(f.entry.lock, -1);
}
END_TEST

Suite *lock_suite(void)
{
    Suite *suite = suite_create("store/lock");
    TCase *tc = tcase_create("lock");
    tcase_add_test(tc, one_process_at_a_time);
    tcase_add_test(tc, goes_with_a_killed_process);
    tcase_add_test(tc, a_waiter_gets_it);
    tcase_add_test(tc, a_waiter_outlives_a_remove);
    tcase_add_test(tc, a_waiter_that_may_not_create_is_told);
    tcase_add_test(tc, a_folder_that_was_replaced_is_opened_anew);
    tcase_add_test(tc, a_lock_that_is_no_file);
    suite_add_tcase(suite, tc);
    return suite;
}
