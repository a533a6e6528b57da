/* A line typed on a terminal, which is one: a pair of pseudo-terminals. */
#include "cli/hidden.h"

#include "base/io.h"
#include "tests/suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static const int ends[] = {SIGINT, SIGTERM, SIGHUP};

struct typist {
    int terminal; /* our end */
    int line;     /* what the child has read */
    pid_t pid;
    struct buf shown;
};

/* In the child, which has the terminal: 0 when the terminal is as it was. */
static int read_and_tell(int line)
{
    struct termios before, after;
    autobuf text = {0};
    struct err err = {0};
    tcgetattr(STDIN_FILENO, &before);
    int rc = hidden_line("PIN: ", &text, &err);
    tcgetattr(STDIN_FILENO, &after);
    if (rc == 0)
        rc = io_write(line, text.data, text.len, PATIENCE, NULL);
    return rc == 0 && before.c_lflag == after.c_lflag ? 0 : 1;
}

static void typist_open(struct typist *t)
{
    int line[2];
    *t = (struct typist){.terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
    ck_assert_int_ge(t->terminal, 0);
    ck_assert_int_eq(grantpt(t->terminal), 0);
    ck_assert_int_eq(unlockpt(t->terminal), 0);
    ck_assert_int_eq(pipe2(line, O_CLOEXEC | O_NONBLOCK), 0);
    const char *name = ptsname(t->terminal);
    t->pid = fork();
    if (t->pid == 0) {
        for (size_t i = 0; i < LENGTH(ends); i++)
            signal(ends[i], SIG_DFL); /* Check has its own */
        setsid();
        int own = open(name, O_RDWR); /* and so it is the controlling one */
        ioctl(own, TIOCSCTTY, 0);
        dup2(own, STDIN_FILENO);
        dup2(own, STDERR_FILENO);
        close(t->terminal);
        _exit(read_and_tell(line[1]));
    }
    close(line[1]);
    t->line = line[0];
    fcntl(t->terminal, F_SETFL, O_NONBLOCK);
}

static void typist_close(struct typist *t)
{
    close(t->terminal);
    close(t->line);
    buf_free(&t->shown);
}
#define TYPIST(t)                                                                                  \
    CLEANUP(typist_close) struct typist t;                                                         \
    typist_open(&t)

/* Once the prompt is there, the terminal shows nothing any more. */
static void await_prompt(struct typist *t)
{
    while (!strstr(buf_text(&t->shown), "PIN: ")) {
        char byte;
        ck_assert_int_eq(io_read(t->terminal, &byte, 1, PATIENCE, NULL), 0);
        ck_assert_int_eq(buf_add(&t->shown, &byte, 1, NULL), 0);
    }
}

static int end_of(struct typist *t)
{
    int status;
    ck_assert_int_eq(waitpid(t->pid, &status, 0), t->pid);
    char rest[256];
    ssize_t n = read(t->terminal, rest, sizeof rest); /* EIO: nobody has the other end any more */
    if (n > 0)
        ck_assert_int_eq(buf_add(&t->shown, rest, (size_t)n, NULL), 0);
    return status;
}

static const struct {
    const char *typed, *read; /* NULL: nothing, and a failure */
} rows[] = {
    {"secret-12\n", "secret-12"},
    {"secret-12\nmore\n", "secret-12"},
    {"secretx\x7f\n", "secret"}, /* backspace */
    {"wrong\x15secret\n", "secret"},
    {"\n", ""},
    {"secret\x04\x04", "secret"}, /* end of file behind it */
    {"\x04", NULL},
};

START_TEST(is_read_and_not_shown)
{
    TYPIST(t);
    autobuf line = {0};
    await_prompt(&t);
    ck_assert_int_eq(io_write(t.terminal, rows[_i].typed, strlen(rows[_i].typed), PATIENCE, NULL),
                     0);
    ck_assert_int_eq(io_read_all(t.line, 1024, PATIENCE, &line, NULL), 0);
    int status = end_of(&t);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), rows[_i].read ? 0 : 1);
    ck_assert_str_eq(buf_text(&line), rows[_i].read ? rows[_i].read : "");
    ck_assert_msg(!strstr(buf_text(&t.shown), "secret"), "%s", buf_text(&t.shown));
}
END_TEST

START_TEST(a_signal_ends_it_and_leaves_the_terminal_as_it_was)
{
    TYPIST(t);
    struct termios state;
    await_prompt(&t);
    kill(t.pid, ends[_i]);
    int status;
    ck_assert_int_eq(waitpid(t.pid, &status, 0), t.pid);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), ends[_i]);
    ck_assert_int_eq(tcgetattr(t.terminal, &state), 0);
    ck_assert(state.c_lflag & ECHO);
}
END_TEST

START_TEST(a_key_that_stops_does_not_stop_it)
{
    TYPIST(t);
    autobuf line = {0};
    await_prompt(&t);
    ck_assert_int_eq(io_write(t.terminal, "\x1asecret\n", 8, PATIENCE, NULL), 0);
    ck_assert_int_eq(io_read_all(t.line, 1024, PATIENCE, &line, NULL), 0);
    ck_assert_int_eq(end_of(&t), 0);
    ck_assert_ptr_null(strstr(buf_text(&t.shown), "secret"));
}
END_TEST

Suite *hidden_suite(void)
{
    Suite *s = suite_create("cli/hidden");
    TCase *c = tcase_create("hidden");
    tcase_add_loop_test(c, is_read_and_not_shown, 0, LENGTH(rows));
    tcase_add_loop_test(c, a_signal_ends_it_and_leaves_the_terminal_as_it_was, 0, LENGTH(ends));
    tcase_add_test(c, a_key_that_stops_does_not_stop_it);
    suite_add_tcase(s, c);
    return s;
}
