#include "base/log.h"

#include "tests/suite.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a child that logs leaves on its standard error. */
static void logged(void (*say)(void), char *ret, size_t size)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        unsetenv("JOURNAL_STREAM");
        say();
        _exit(0);
    }
    close(ends[1]);
    ssize_t n = read(ends[0], ret, size - 1);
    ret[n > 0 ? n : 0] = 0;
    close(ends[0]);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static void say_hostile(void)
{
    log_open("name", LOG_INFO);
    log_line(LOG_INFO, "%s", "a\nb\x1b[2J\xc2\x9b\xff");
}

static void say_too_little(void)
{
    log_open("name", LOG_INFO);
    log_line(LOG_DEBUG, "unheard");
}

static void say_to_the_journal(void)
{
    setenv("JOURNAL_STREAM", "8:1", 1);
    log_open("name", LOG_INFO);
    log_line(LOG_WARNING, "text");
}

START_TEST(a_line_is_one_line)
{
    char text[128];
    logged(say_hostile, text, sizeof text);
    const char *said = strchr(text, ':');
    ck_assert_int_eq(strncmp(text, "name[", 5), 0);
    ck_assert_ptr_nonnull(said);
    ck_assert_str_eq(said, ": a?b?[2J??\n");
    logged(say_too_little, text, sizeof text);
    ck_assert_str_eq(text, "");
    logged(say_to_the_journal, text, sizeof text);
    ck_assert_str_eq(text, "<4>text\n");
}
END_TEST

/* Started without a standard error, the next file that is opened would get all that is logged. */
START_TEST(no_file_of_ours_becomes_standard_error)
{
    pid_t pid = fork();
    if (pid == 0) {
        for (int fd = 0; fd <= STDERR_FILENO; fd++)
            close(fd);
        log_open("name", LOG_INFO);
        _exit(open("/dev/null", O_RDONLY) > STDERR_FILENO ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

Suite *log_suite(void)
{
    Suite *suite = suite_create("base/log");
    TCase *tc = tcase_create("log");
    tcase_add_test(tc, a_line_is_one_line);
    tcase_add_test(tc, no_file_of_ours_becomes_standard_error);
    suite_add_tcase(suite, tc);
    return suite;
}
