#include "base/proc.h"

#include "base/io.h"
#include "tests/temp.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

static const struct {
    const char *script;
    const char *input;
    size_t max;
    int status;         /* -1: an error, which says: */
    const char *output; /* or the error's text */
} rows[] = {
    {"cat", "hello", 100, 0, "hello"},
    {"exit 3", "", 100, 3, ""},
    {"echo out; exit 1", "", 100, 1, "out\n"},
    {"exec cat >/dev/null", "unread by nobody", 100, 0, ""},
    {"exit 0", "never read", 100, 0, ""},
    {"env | sort | head -1", "", 100, 0, "LC_ALL=C.UTF-8\n"},
    {"kill -KILL $$", "", 100, -1, "killed by signal 9"},
    {"yes", "", 100, -1, "more than 100 bytes"},
    /* 0, 1, 2 and the folder itself. (Valgrind has some of its own, with larger numbers.) */
    {"cd /proc/self/fd; echo ?", "", 100, 0, "0 1 2 3\n"},
};

START_TEST(runs_a_helper)
{
    autobuf input = {0}, output = {0};
    struct err err;
    int status = -1;
    char *argv[] = {"/bin/sh", "-c", (char *)rows[_i].script, NULL};
    ck_assert_int_eq(buf_add_text(&input, rows[_i].input, NULL), 0);
    ck_assert_int_eq(dup2(STDIN_FILENO, 9), 9); /* is not the helper's */
    int rc = proc_run(argv, &input, rows[_i].max, PATIENCE, &output, &status, &err);
    if (rows[_i].status < 0) {
        ck_assert_int_lt(rc, 0);
        ck_assert_msg(strncmp(err.text, "/bin/sh: ", 9) == 0 && strstr(err.text, rows[_i].output),
                      "%s", err.text);
        ck_assert_ptr_null(output.data);
        return;
    }
    ck_assert_msg(rc == 0, "%s", err.text);
    ck_assert_int_eq(status, rows[_i].status);
    ck_assert_str_eq(buf_text(&output), rows[_i].output);
}
END_TEST

/* With SIGCHLD ignored the kernel keeps no status: that is said, and none is made up. */
START_TEST(a_status_that_nobody_kept_is_an_error)
{
    autobuf input = {0}, output = {0};
    struct err err;
    int status = 77;
    char *argv[] = {"/bin/sh", "-c", "exit 3", NULL};
    signal(SIGCHLD, SIG_IGN);
    ck_assert_int_lt(proc_run(argv, &input, 100, PATIENCE, &output, &status, &err), 0);
    ck_assert_ptr_nonnull(strstr(err.text, "/bin/sh: "));
    ck_assert_int_eq(status, 77);
    ck_assert_int_eq(proc_harden(NULL), 0); /* what every daemon does first */
    ck_assert_int_eq(proc_run(argv, &input, 100, PATIENCE, &output, &status, &err), 0);
    ck_assert_int_eq(status, 3);
}
END_TEST

START_TEST(a_helper_that_hangs_is_ended_with_its_children)
{
    autobuf input = {0}, output = {0};
    struct err err;
    int status;
    char *argv[] = {"/bin/sh", "-c", "sleep 1000 & sleep 1000", NULL};
    ck_assert_int_eq(proc_run(argv, &input, 100, deadline_in(1), &output, &status, &err),
                     -ERR_RETRY);
    ck_assert_ptr_nonnull(strstr(err.text, "timed out"));
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* nobody is left */
}
END_TEST

START_TEST(a_program_that_is_not_there)
{
    autobuf input = {0}, output = {0};
    struct err err;
    int status, fd = -1;
    pid_t pid = 0;
    char *argv[] = {"/nonexistent/helper", NULL};
    ck_assert_int_lt(proc_run(argv, &input, 100, PATIENCE, &output, &status, &err), 0);
    ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/helper"));
    ck_assert_int_lt(proc_start(argv, NULL, &pid, &fd, &err), 0);
    ck_assert_int_eq(pid, 0);
    ck_assert_int_eq(fd, -1);
}
END_TEST

START_TEST(talks_to_a_started_program)
{
    autoclose int fd = -1;
    pid_t pid = 0;
    char answer[4];
    char *argv[] = {"/bin/cat", NULL};
    ck_assert_int_eq(proc_start(argv, NULL, &pid, &fd, NULL), 0);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(io_write(fd, "ping", 4, PATIENCE, NULL), 0);
        ck_assert_int_eq(io_read(fd, answer, 4, PATIENCE, NULL), 0);
        ck_assert_mem_eq(answer, "ping", 4);
    }
    proc_end(pid);
    ck_assert_int_eq(kill(pid, 0), -1);
}
END_TEST

/* What it says on standard output, up to its end. */
static void expect_output(char *const argv[], const char *setting, const char *text)
{
    autoclose int fd = -1;
    pid_t pid = 0;
    autobuf all = {0};
    ck_assert_int_eq(proc_start(argv, setting, &pid, &fd, NULL), 0);
    for (char c; io_read(fd, &c, 1, PATIENCE, NULL) == 0;)
        ck_assert_int_eq(buf_add(&all, &c, 1, NULL), 0);
    proc_end(pid);
    ck_assert_str_eq(buf_text(&all), text);
}

#define USUAL "PATH=/usr/sbin:/usr/bin:/sbin:/bin\nLC_ALL=C.UTF-8\n"

/* In a child of Check's own, too. */
START_TEST(has_nothing_of_ours)
{
    char *environment[] = {"/usr/bin/env", NULL};
    char *files[] = {"/bin/sh", "-c",
                     "for i in 3 4 5 6 7 8 9; do [ ! -e /proc/$$/fd/$i ] || echo $i; done", NULL};
    char *group[] = {"/bin/sh", "-c",
                     "read a b c d group rest </proc/$$/stat; test $group = $$ && echo own", NULL};
    char *signals[] = {"/bin/sh", "-c", "kill -PIPE $$; echo survived", NULL};
    autoclose int fd = open("/dev/null", O_RDONLY); /* which is not closed by exec */
    sigset_t all;
    ck_assert_int_eq(setenv("SIGNET_TEST", "ours", 1), 0);
    ck_assert_ptr_ne(signal(SIGPIPE, SIG_IGN), SIG_ERR);
    sigfillset(&all);
    ck_assert_int_eq(sigprocmask(SIG_BLOCK, &all, NULL), 0);
    expect_output(environment, NULL, USUAL);
    expect_output(environment, "NAME=a value", USUAL "NAME=a value\n");
    expect_output(files, NULL, "");
    expect_output(group, NULL, "own\n");
    expect_output(signals, NULL, "");
}
END_TEST

START_TEST(a_program_that_cannot_be_executed)
{
    autotemp t;
    struct err err = {0};
    int fd = -1;
    pid_t pid = 0;
    temp_open(&t);
    temp_file(&t, "rubbish", 0755, "rubbish");
    temp_file(&t, "text", 0644, "#!/bin/sh\n");
    static const char *const names[] = {"rubbish", "text", "."};
    for (size_t i = 0; i < LENGTH(names); i++) {
        autofree char *path = text_format("%s/%s", t.path, names[i]);
        char *argv[] = {path, NULL};
        ck_assert_int_lt(proc_start(argv, NULL, &pid, &fd, &err), 0);
        ck_assert_msg(strstr(err.text, path), "%s", err.text);
        ck_assert_int_eq(pid, 0);
        ck_assert_int_eq(fd, -1);
    }
}
END_TEST

START_TEST(is_killed_first_and_waited_for_later)
{
    autoclose int fd = -1;
    pid_t pid = 0;
    char *argv[] = {"/bin/cat", NULL};
    char end;
    ck_assert_int_eq(proc_start(argv, NULL, &pid, &fd, NULL), 0);
    proc_kill(pid);
    ck_assert_int_lt(io_read(fd, &end, 1, PATIENCE, NULL), 0); /* it has hung up */
    ck_assert_int_eq(kill(pid, 0), 0);
    proc_end(pid);
    ck_assert_int_eq(kill(pid, 0), -1);
    proc_kill(0); /* is none */
    proc_end(0);
}
END_TEST

/* In a child of Check's own, so that what it does to itself does not last. */
START_TEST(becomes_the_owner_for_good)
{
    autotemp t;
    struct err err;
    temp_open(&t);
    ck_assert_int_eq(proc_become_owner_of(t.path, &err), 0); /* ours already: nothing happens */
    if (geteuid() != 0)
        return;
    ck_assert_int_eq(chown(t.path, 12345, 12345), 0);
    pid_t pid = fork();
    if (pid == 0) {
        int rc = proc_become_owner_of(t.path, &err);
        _exit(rc == 0 && geteuid() == 12345 && getgid() == 12345 && setuid(0) < 0 ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(becomes_nobody_for_good)
{
    struct err err = {0};
    if (geteuid() != 0)
        return;
    pid_t pid = fork();
    if (pid == 0) {
        int rc = proc_become_nobody(&err);
        if (rc == 0)
            rc = proc_become_nobody(&err); /* is it already: nothing happens */
        gid_t group;
        _exit(rc == 0 && getuid() == 65534 && getgid() == 65534 && getgroups(1, &group) == 0 &&
                      setuid(0) < 0
                  ? 0
                  : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(leaves_no_core)
{
    struct rlimit limit;
    pid_t pid = fork();
    if (pid == 0) {
        int rc = proc_harden(NULL);
        getrlimit(RLIMIT_CORE, &limit);
        _exit(rc == 0 && limit.rlim_max == 0 ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(takes_no_settings_from_the_environment)
{
    static const char *const names[] = {"OPENSSL_CONF",     "OPENSSL_MODULES",
                                        "TPM2OPENSSL_TCTI", "TPM2OPENSSL_PARENT_AUTH",
                                        "TSS2_LOGFILE",     "SSLKEYLOGFILE"};
    pid_t pid = fork();
    if (pid == 0) {
        bool left = false;
        for (size_t i = 0; i < LENGTH(names); i++)
            setenv(names[i], "/tmp/theirs", 1);
        int rc = proc_harden(NULL);
        for (size_t i = 0; i < LENGTH(names); i++)
            left = left || getenv(names[i]);
        _exit(rc == 0 && !left ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(limits_memory)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (proc_limit_memory(64u << 20, NULL) < 0)
            _exit(10);
        void *fits = mmap(NULL, 32u << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        void *more = mmap(NULL, 64u << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
#ifdef __SANITIZE_ADDRESS__
        more = MAP_FAILED; /* not limited there */
#endif
        _exit(fits != MAP_FAILED && more == MAP_FAILED ? 0 : 11);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

static int64_t time_left(void)
{
    struct itimerval timer;
    ck_assert_int_eq(getitimer(ITIMER_REAL, &timer), 0);
    return timer.it_value.tv_sec * 1000 + timer.it_value.tv_usec / 1000;
}

/* Put off and called off; then for real. */
START_TEST(ends_in_time)
{
    proc_end_after(PATIENCE_MS);
    proc_end_after(2 * PATIENCE_MS);
    ck_assert_int_gt(time_left(), PATIENCE_MS);
    proc_end_after(0);
    ck_assert_int_eq(time_left(), 0);
    signal(SIGALRM, SIG_IGN);
    proc_end_after(1);
    pause();
}
END_TEST

static void at_once(void)
{
}

static void by_a_signal(void)
{
    raise(SIGKILL);
}

static void never(void)
{
    for (;;)
        pause();
}

static const struct {
    void (*work)(void);
    int64_t ms;
    bool ends;
} tries[] = {
    {at_once, 60000, true},
    {by_a_signal, 60000, true},
    {never, 20, false},
    {never, 0, false},
};

START_TEST(tries_what_may_never_end)
{
    for (size_t i = 0; i < LENGTH(tries); i++) {
        bool ends = !tries[i].ends;
        ck_assert_int_eq(proc_try(tries[i].work, deadline_in(tries[i].ms), &ends, NULL), 0);
        ck_assert_msg(ends == tries[i].ends, "row %zu", i);
        ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
    }
}
END_TEST

Suite *proc_suite(void)
{
    Suite *suite = suite_create("base/proc");
    TCase *tc = tcase_create("proc");
    tcase_add_loop_test(tc, runs_a_helper, 0, LENGTH(rows));
    tcase_add_test(tc, a_status_that_nobody_kept_is_an_error);
    tcase_add_test(tc, a_helper_that_hangs_is_ended_with_its_children);
    tcase_add_test(tc, talks_to_a_started_program);
    tcase_add_test(tc, has_nothing_of_ours);
    tcase_add_test(tc, is_killed_first_and_waited_for_later);
    tcase_add_test(tc, becomes_the_owner_for_good);
    tcase_add_test(tc, becomes_nobody_for_good);
    tcase_add_test(tc, leaves_no_core);
    tcase_add_test(tc, takes_no_settings_from_the_environment);
    tcase_add_test(tc, limits_memory);
    tcase_add_test(tc, tries_what_may_never_end);
    tcase_add_test_raise_signal(tc, ends_in_time, SIGALRM);
    suite_add_tcase(suite, tc);
    /* Valgrind makes a fork of posix_spawn()'s child: what that fails of is not heard. */
    TCase *spawn = tcase_create("spawn");
    tcase_set_tags(spawn, "no-valgrind");
    tcase_add_test(spawn, a_program_that_is_not_there);
    tcase_add_test(spawn, a_program_that_cannot_be_executed);
    suite_add_tcase(suite, spawn);
    return suite;
}
