/* Every way in which a change of an entry can be cut short: a process killed before each call that
 * touches the disk, and a disk that is full or broken at each. Afterwards a fresh look sees the old
 * or the new, whole. */
#include "tests/store/fixture.h"

#include "tests/store/faulty.h"

#include <sys/wait.h>

static const struct entry_state old_state = {.phase = PHASE_PENDING, .reason = "old"};
static const struct entry_state new_state = {.phase = PHASE_INSTALLED, .reason = "new"};

static int write_state(struct fixture *f)
{
    return entry_state_write(&f->entry, &new_state, &f->err);
}

static int put_key(struct fixture *f)
{
    return put_pending(f, "new");
}

static int commit_new(struct fixture *f)
{
    unsigned number;
    return commit(f, "new", &number);
}

static int remove_entry(struct fixture *f)
{
    return entry_remove(&f->entry, &f->err);
}

static int lock_again(struct fixture *f)
{
    int rc = entry_open(&f->store, &wifi, true, &f->entry, &f->err);
    return rc < 0 ? rc : entry_lock(&f->entry, PATIENCE, &f->err);
}

/* What is there before: generations "old" (that many), and a pending key, with the secrets that may
 * stand beside it. */
static const struct scenario {
    const char *name;
    unsigned generations;
    const char *pending;
    int (*act)(struct fixture *);
    bool removes, secrets;
} scenarios[] = {
    {"write state", 1, "new", write_state, false, false},
    {"put the first pending key", 0, NULL, put_key, false, false},
    {"replace a pending key", 1, "older", put_key, false, false},
    {"first commit", 0, "new", commit_new, false, false},
    {"second commit", 1, "new", commit_new, false, false},
    {"third commit", 2, "new", commit_new, false, false},
    {"lock", 2, "new", lock_again, false, false},
    {"remove", 2, "new", remove_entry, true, false},
    {"replace a pending key and secrets", 1, "older", put_key, false, true},
    {"commit after secrets", 1, "new", commit_new, false, true},
    {"remove with secrets", 1, "new", remove_entry, true, true},
};

static void put_secrets(struct fixture *f)
{
    autobuf key = pem("PRIVATE KEY", "signer"), challenge = text_buf("hunter2");
    ok(*f, entry_signer_put(&f->entry, &key, &f->err));
    ok(*f, entry_kept_put(&f->entry, &challenge, &f->err));
}

static void prepare(struct fixture *f, const struct scenario *s)
{
    fixture_entry(f);
    ok(*f, entry_state_write(&f->entry, &old_state, &f->err));
    for (unsigned i = 0; i < s->generations; i++)
        enrol(f, "old");
    if (s->pending)
        ok(*f, put_pending(f, s->pending));
    if (s->secrets)
        put_secrets(f);
    if (s->act == lock_again)
        entry_close(&f->entry);
}

static bool tagged(const struct buf *text, const char *tag)
{
    return strstr(buf_text(text), tag) != NULL;
}

/* The current generation is whole and of one piece. Returns whether it is the new one. */
static bool look(struct fixture *f, const struct scenario *s)
{
    unsigned current = 0;
    ok(*f, entry_current(&f->entry, &current, &f->err));
    ck_assert_msg(current == s->generations || current == s->generations + 1 ||
                      (s->removes && current == 0),
                  "generation %u", current);
    if (current == 0)
        return false;
    CLEANUP(generation_free) struct generation g = {0};
    ok(*f, entry_read(&f->entry, current, PART_ALL, &g, &f->err));
    bool is_new = current == s->generations + 1;
    const char *tag = is_new ? "new" : "old";
    ck_assert(tagged(&g.key_pem, tag) && tagged(&g.cert_pem, tag));
    ck_assert_str_eq(json_text(g.meta, "tag", ""), tag);
    return is_new;
}

static void look_at_state(struct fixture *f, const struct scenario *s)
{
    struct entry_state state;
    ok(*f, entry_state_read(&f->entry, &state, &f->err));
    bool is_new = strcmp(state.reason, "new") == 0;
    if (s->removes && state.phase == PHASE_NONE)
        return;
    ck_assert_str_eq(state.reason, is_new ? "new" : "old");
    ck_assert_int_eq(state.phase, is_new ? PHASE_INSTALLED : PHASE_PENDING);
}

/* The key of the request is never lost: it is in pending/, or part of the current generation. */
static void look_at_pending(struct fixture *f, const struct scenario *s, bool is_new)
{
    autobuf key = {0};
    int rc = entry_pending_get(&f->entry, &key, &f->err);
    if (s->removes || !s->pending)
        return;
    if (is_new)
        ck_assert_int_eq(rc, -ERR_CONFIG);
    else
        ck_assert_msg(rc == 0 && (tagged(&key, "new") || tagged(&key, s->pending)), "%s",
                      f->err.text);
}

/* As a reader without the lock, then as the next process with it. */
static void look_afresh(struct fixture *f, const struct scenario *s)
{
    entry_close(&f->entry);
    if (s->removes && !is_there(f, "device/wifi"))
        return;
    ok(*f, entry_open(&f->store, &wifi, false, &f->entry, &f->err));
    bool is_new = look(f, s);
    look_at_state(f, s);
    ok(*f, entry_lock(&f->entry, PATIENCE, &f->err));
    ck_assert(look(f, s) == is_new);
    look_at_state(f, s);
    look_at_pending(f, s, is_new);

    CLEANUP(strings_free) struct strings names = {0};
    autoclose int generations = -1;
    if (fs_open_dir(f->entry.fd, "generations", 0, false, &generations, NULL) == 0)
        ok(*f, fs_list(generations, &names, &f->err));
    ck_assert_uint_le(names.n, 2);
    unsigned number = enrol(f, "after");
    ck_assert(!is_there(f, "device/wifi/pending"));
    ck_assert_uint_ge(number, s->removes ? 1 : s->generations + 1);
}

/* Lets a child of its own do it, killed at the NUMBER-th call. False when there were not so many.
 */
static bool kill_at(struct fixture *f, int (*act)(struct fixture *), enum fault fault,
                    unsigned number)
{
    int status = 0;
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        faulty_arm(fault, number);
        _exit(act(f) == 0 ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status));
    ck_assert_int_ne(WEXITSTATUS(status), 1);
    return WEXITSTATUS(status) == FAULTY_EXIT;
}

START_TEST(killed)
{
    const struct scenario *s = &scenarios[_i];
    static const enum fault faults[] = {FAULT_KILLED, FAULT_TORN};
    for (size_t i = 0; i < LENGTH(faults); i++) {
        bool reached = true;
        for (unsigned number = 1; reached; number++) {
            FIXTURE(f);
            prepare(&f, s);
            reached = kill_at(&f, s->act, faults[i], number);
            look_afresh(&f, s);
            ck_assert(!reached || number < 500);
        }
    }
}
END_TEST

/* Killed while it clears up after one that was killed. */
START_TEST(killed_twice)
{
    const struct scenario *s = &scenarios[_i];
    bool reached = true;
    for (unsigned first = 1; reached; first += 2) {
        bool again = true;
        for (unsigned second = 1; again; second += 7) {
            FIXTURE(f);
            prepare(&f, s);
            reached = kill_at(&f, s->act, FAULT_TORN, first);
            entry_close(&f.entry);
            again = kill_at(&f, lock_again, FAULT_KILLED, second);
            look_afresh(&f, s);
        }
    }
}
END_TEST

START_TEST(disk_fails)
{
    const struct scenario *s = &scenarios[_i];
    static const enum fault faults[] = {FAULT_FULL_ONCE, FAULT_FULL, FAULT_BROKEN_ONCE};
    for (size_t i = 0; i < LENGTH(faults); i++) {
        bool reached = true;
        for (unsigned number = 1; reached; number++) {
            FIXTURE(f);
            prepare(&f, s);
            faulty_arm(faults[i], number);
            int rc = s->act(&f);
            reached = faulty_disarm() >= number;
            ck_assert(reached || rc == 0);
            ck_assert(rc == 0 || *f.err.text);
            unsigned current = 0;
            if (s->act == commit_new && entry_current(&f.entry, &current, &f.err) == 0)
                ck_assert_msg(rc < 0 ? current == s->generations : current == s->generations + 1,
                              "call %u of fault %d: %d, but generation %u", number, faults[i], rc,
                              current);
            look_afresh(&f, s);
        }
    }
}
END_TEST

START_TEST(nothing_is_renamed_before_it_is_on_the_disk)
{
    const struct scenario *s = &scenarios[_i];
    FIXTURE(f);
    prepare(&f, s);
    faulty_arm(FAULT_NONE, 0);
    ok(f, s->act(&f));
    faulty_disarm();
    ck_assert(!faulty_would_lose());
}
END_TEST

static Suite *crash_suite(void)
{
    Suite *suite = suite_create("store/crash");
    TCase *tc = tcase_create("crash");
    tcase_add_loop_test(tc, killed, 0, LENGTH(scenarios));
    tcase_add_loop_test(tc, killed_twice, 0, LENGTH(scenarios));
    tcase_add_loop_test(tc, disk_fails, 0, LENGTH(scenarios));
    tcase_add_loop_test(tc, nothing_is_renamed_before_it_is_on_the_disk, 0, LENGTH(scenarios));
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(crash_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
