#include "base/io.h"

#include "tests/temp.h"

#include <sys/socket.h>

/* It has passed already. */
#define NOW deadline_in(0)

struct pair {
    int ours, theirs;
};

static void pair_open(struct pair *p)
{
    int fds[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    *p = (struct pair){fds[0], fds[1]};
}

static void pair_close(struct pair *p)
{
    close_p(&p->ours);
    close_p(&p->theirs);
}

#define autopair CLEANUP(pair_close) struct pair

static const struct {
    const char *sent;
    const char *lines[4];
    int end; /* what io_line() returns behind the last line */
} rows[] = {
    {"", {NULL}, 0},
    {"a\n", {"a"}, 0},
    {"a\nb\n\nc\n", {"a", "b", "", "c"}, 0},
    {"a\nb", {"a"}, -ERR_RETRY},
    {"12345678\n", {"12345678"}, 0},
    {"123456789\n", {NULL}, -ERR_RESOURCE},
    {"a\n123456789", {"a"}, -ERR_RESOURCE},
    {"1234567890123456789012345678901234567890", {NULL}, -ERR_RESOURCE},
};

START_TEST(cuts_lines)
{
    autopair p;
    autobuf line = {0};
    struct err err;
    pair_open(&p);
    struct io_lines lines = {.fd = p.theirs, .max = 8};
    ck_assert_int_eq(io_write(p.ours, rows[_i].sent, strlen(rows[_i].sent), PATIENCE, &err), 0);
    close(steal_fd(&p.ours));
    for (int i = 0; i < 4 && rows[_i].lines[i]; i++) {
        ck_assert_int_eq(io_line(&lines, PATIENCE, &line, &err), 1);
        ck_assert_str_eq(buf_text(&line), rows[_i].lines[i]);
    }
    ck_assert_int_eq(io_line(&lines, PATIENCE, &line, &err), rows[_i].end);
    buf_free(&lines.buffer);
}
END_TEST

START_TEST(bytes_follow_a_line)
{
    autopair p;
    autobuf line = {0}, bytes = {0};
    struct err err;
    pair_open(&p);
    struct io_lines lines = {.fd = p.theirs, .max = 8};
    ck_assert_int_eq(io_write(p.ours, "head\nab\ncdnext\nxy", 17, PATIENCE, &err), 0);
    close(steal_fd(&p.ours));
    ck_assert_int_eq(io_line(&lines, PATIENCE, &line, &err), 1);
    ck_assert_int_eq(io_bytes(&lines, 5, PATIENCE, &bytes, &err), 0);
    ck_assert_str_eq(buf_text(&bytes), "ab\ncd");
    ck_assert_int_eq(io_line(&lines, PATIENCE, &line, &err), 1);
    ck_assert_str_eq(buf_text(&line), "next");
    ck_assert_int_eq(io_bytes(&lines, 3, PATIENCE, &bytes, &err), -ERR_RETRY);
    buf_free(&lines.buffer);
}
END_TEST

START_TEST(a_silent_peer_costs_its_deadline)
{
    autopair p;
    autobuf b = {0};
    struct err err;
    char byte;
    pair_open(&p);
    struct io_lines lines = {.fd = p.ours, .max = 8};
    ck_assert_int_eq(io_read(p.ours, &byte, 1, NOW, &err), -ERR_RETRY);
    ck_assert_str_eq(err.text, "timed out");
    ck_assert_int_eq(io_read_all(p.ours, 10, NOW, &b, &err), -ERR_RETRY);
    ck_assert_int_eq(io_line(&lines, NOW, &b, &err), -ERR_RETRY);
    buf_free(&lines.buffer);
}
END_TEST

START_TEST(a_peer_that_does_not_read_costs_its_deadline)
{
    autopair p;
    struct err err;
    static const char much[1 << 20];
    pair_open(&p);
    ck_assert_int_eq(io_write(p.ours, much, sizeof much, NOW, &err), -ERR_RETRY);
    ck_assert_str_eq(err.text, "timed out");
}
END_TEST

START_TEST(a_peer_that_is_gone_is_an_error_and_no_signal)
{
    autopair p;
    struct err err;
    char byte;
    pair_open(&p);
    close(steal_fd(&p.theirs));
    ck_assert_int_eq(io_write(p.ours, "x", 1, PATIENCE, &err), -ERR_RETRY);
    ck_assert_int_eq(io_read(p.ours, &byte, 1, PATIENCE, &err), -ERR_RETRY);
}
END_TEST

START_TEST(reads_no_more_than_it_may)
{
    autopair p;
    autobuf b = {0};
    struct err err;
    pair_open(&p);
    ck_assert_int_eq(io_write(p.ours, "12345678901", 11, PATIENCE, &err), 0);
    close(steal_fd(&p.ours));
    ck_assert_int_eq(io_read_all(p.theirs, 10, PATIENCE, &b, &err), -ERR_RESOURCE);
    ck_assert_ptr_null(b.data);
}
END_TEST

static const struct {
    const char *name; /* below the temporary folder; NULL: an endless path */
    enum err_class class;
} sockets[] = {{"missing", ERR_RETRY}, {NULL, ERR_CONFIG}, {"file", ERR_RETRY}};

START_TEST(connecting_fails_at_once)
{
    autotemp t;
    struct err err;
    int fd = -1;
    temp_open(&t);
    temp_file(&t, "file", 0600, "");
    autofree char *path = sockets[_i].name ? text_format("%s/%s", t.path, sockets[_i].name)
                                           : text_format("/%0200d", 0);
    ck_assert_int_eq(io_connect(path, &fd, &err), -(int)sockets[_i].class);
    ck_assert_int_eq(fd, -1);
}
END_TEST

Suite *io_suite(void)
{
    Suite *suite = suite_create("base/io");
    TCase *tc = tcase_create("io");
    tcase_add_loop_test(tc, cuts_lines, 0, LENGTH(rows));
    tcase_add_test(tc, bytes_follow_a_line);
    tcase_add_test(tc, a_silent_peer_costs_its_deadline);
    tcase_add_test(tc, a_peer_that_does_not_read_costs_its_deadline);
    tcase_add_test(tc, a_peer_that_is_gone_is_an_error_and_no_signal);
    tcase_add_test(tc, reads_no_more_than_it_may);
    tcase_add_loop_test(tc, connecting_fails_at_once, 0, LENGTH(sockets));
    suite_add_tcase(suite, tc);
    return suite;
}
