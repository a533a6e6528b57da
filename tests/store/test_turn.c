#include "tests/store/fixture.h"
#include "tests/suite.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

static int take(struct fixture *f, unsigned n, int *ret_fd)
{
    return store_turn(&f->store, n, deadline_in(0), ret_fd, &f->err);
}

static const unsigned counts[] = {1, 2, 8, 256};

START_TEST(as_many_as_there_are_turns)
{
    FIXTURE(f);
    int held[256], more = -1;
    for (unsigned i = 0; i < counts[_i]; i++)
        ok(f, take(&f, counts[_i], &held[i]));
    ck_assert_int_eq(take(&f, counts[_i], &more), -ERR_RETRY);
    ck_assert_int_eq(more, -1);
    autofree char *said = text_format("%u other requests", counts[_i]);
    ck_assert_msg(strstr(f.err.text, said), "%s", f.err.text);
    close(held[counts[_i] / 2]);
    ok(f, take(&f, counts[_i], &held[counts[_i] / 2]));
    ck_assert_int_eq(take(&f, counts[_i], &more), -ERR_RETRY);
    for (unsigned i = 0; i < counts[_i]; i++)
        close(held[i]);
}
END_TEST

START_TEST(a_smaller_number_holds_from_then_on)
{
    FIXTURE(f);
    int one = -1, two = -1, more = -1;
    ok(f, take(&f, 2, &one));
    ok(f, take(&f, 2, &two));
    close(one);
    ok(f, take(&f, 1, &one)); /* the other goes on until it is done */
    ck_assert_int_eq(take(&f, 1, &more), -ERR_RETRY);
    close(one);
    close(two);
}
END_TEST

START_TEST(a_killed_process_holds_none)
{
    FIXTURE(f);
    int pipes[2], fd = -1;
    char ready;
    ck_assert_int_eq(pipe(pipes), 0);
    pid_t pid = fork();
    if (pid == 0) {
        ready = store_turn(&f.store, 1, PATIENCE, &fd, &f.err) == 0 ? 'y' : 'n';
        if (write(pipes[1], &ready, 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    ck_assert_int_eq(read(pipes[0], &ready, 1), 1);
    ck_assert_int_eq(ready, 'y');
    ck_assert_int_eq(take(&f, 1, &fd), -ERR_RETRY);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    ok(f, take(&f, 1, &fd));
    close(fd);
    close(pipes[0]);
    close(pipes[1]);
}
END_TEST

/* All of the file that is no turn's. */
static struct flock next(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 256};
}

static int open_turns(const struct fixture *f)
{
    int fd = open(in_store(f, "turns"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    return fd;
}

static bool is_next_taken(int fd)
{
    struct flock lock = next();
    ck_assert_int_eq(fcntl(fd, F_OFD_GETLK, &lock), 0);
    return lock.l_type != F_UNLCK;
}

/* Another process, which holds the only turn until there is a byte to read from GO; -1: until
 * somebody waits for it. */
static pid_t hold_the_only_turn(struct fixture *f, int go)
{
    int pipes[2], fd = -1;
    char ready;
    ck_assert_int_eq(pipe(pipes), 0);
    pid_t pid = fork();
    if (pid == 0) {
        ready = take(f, 1, &fd) == 0 ? 'y' : 'n';
        if (write(pipes[1], &ready, 1) != 1)
            _exit(1);
        if (go >= 0 && read(go, &ready, 1) != 1)
            _exit(1);
        for (int turns = open_turns(f); go < 0 && !is_next_taken(turns);)
            poll(NULL, 0, 1);
        _exit(0);
    }
    ck_assert_int_eq(read(pipes[0], &ready, 1), 1);
    ck_assert_int_eq(ready, 'y');
    close(pipes[0]);
    close(pipes[1]);
    return pid;
}

START_TEST(who_waits_is_next_until_it_has_a_turn)
{
    FIXTURE(f);
    int fd = -1, turns = open_turns(&f);
    pid_t pid = hold_the_only_turn(&f, -1);
    ck_assert(!is_next_taken(turns));
    ok(f, store_turn(&f.store, 1, deadline_in(60000), &fd, &f.err));
    ck_assert(!is_next_taken(turns));
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    close(fd);
    close(turns);
}
END_TEST

START_TEST(who_gave_up_is_not_next)
{
    FIXTURE(f);
    int held = -1, fd = -1, turns = open_turns(&f);
    ok(f, take(&f, 1, &held));
    ck_assert_int_eq(store_turn(&f.store, 1, deadline_in(1), &fd, &f.err), -ERR_RETRY);
    ck_assert(!is_next_taken(turns));
    close(held);
    close(turns);
}
END_TEST

/* Stopped processes, say, in all the places of those who are next. */
START_TEST(who_stands_still_holds_nobody_up)
{
    FIXTURE(f);
    int fd = -1, go[2], turns = open_turns(&f);
    struct flock all = next();
    ck_assert_int_eq(pipe(go), 0);
    ck_assert_int_eq(fcntl(turns, F_OFD_SETLK, &all), 0);
    pid_t pid = hold_the_only_turn(&f, go[0]);
    ck_assert_int_eq(take(&f, 1, &fd), -ERR_RETRY);
    ck_assert_int_eq(write(go[1], "y", 1), 1);
    ok(f, store_turn(&f.store, 1, deadline_in(60000), &fd, &f.err));
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    close(fd);
    close(turns);
    close(go[0]);
    close(go[1]);
}
END_TEST

START_TEST(takes_nothing_that_is_in_the_way)
{
    FIXTURE(f);
    int fd = -1;
    ck_assert_int_eq(symlink("elsewhere", in_store(&f, "turns")), 0);
    ck_assert_int_lt(take(&f, 1, &fd), 0);
    ck_assert_msg(strstr(f.err.text, "turns"), "%s", f.err.text);
    ck_assert(!is_there(&f, "elsewhere"));
    ck_assert_int_eq(fd, -1);
}
END_TEST

Suite *turn_suite(void)
{
    Suite *suite = suite_create("store/turn");
    TCase *tc = tcase_create("turn");
    tcase_add_loop_test(tc, as_many_as_there_are_turns, 0, LENGTH(counts));
    tcase_add_test(tc, a_smaller_number_holds_from_then_on);
    tcase_add_test(tc, a_killed_process_holds_none);
    tcase_add_test(tc, who_waits_is_next_until_it_has_a_turn);
    tcase_add_test(tc, who_gave_up_is_not_next);
    tcase_add_test(tc, who_stands_still_holds_nobody_up);
    tcase_add_test(tc, takes_nothing_that_is_in_the_way);
    suite_add_tcase(suite, tc);
    return suite;
}
