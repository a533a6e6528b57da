#include "agent/fetch_frame.h"

#include "tests/suite.h"

#include <string.h>
#include <sys/socket.h>

/* Long enough that only a bug lets it pass. */
#define PATIENCE deadline_in(20000)

struct pipe {
    int write;
    struct io_lines lines;
};

static void pipe_open(struct pipe *p)
{
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    *p = (struct pipe){.write = pair[0], .lines = {.fd = pair[1], .max = FETCH_LINE_MAX}};
}

static void pipe_close(struct pipe *p)
{
    if (p->write >= 0)
        close(p->write);
    close(p->lines.fd);
    buf_free(&p->lines.buffer);
}

START_TEST(requests_and_answers_pass_in_turn)
{
    CLEANUP(pipe_close) struct pipe p;
    autobuf body = {0}, received = {0}, secret = {0};
    struct err err;
    int status;

    pipe_open(&p);
    ck_assert_int_eq(buf_add(&body, "a\n\0b", 4, &err), 0);
    ck_assert_int_eq(buf_add_text(&secret, " h\xc3\xa5 : 2", &err), 0);
    for (int i = 0; i < 3; i++) {
        CLEANUP(fetch_request_free) struct fetch_request request = {0};
        bool post = i == 1;
        const struct fetch_call call = {.url = "http://x/?a=b",
                                        .type = post ? "text/plain" : NULL,
                                        .body = post ? &body : NULL,
                                        .auth = i == 2 ? AUTH_BASIC : AUTH_NONE,
                                        .user = i == 2 ? "CORP\\n des" : NULL,
                                        .secret = i == 2 ? &secret : NULL,
                                        .limit = 100,
                                        .timeout_ms = 5000};
        ck_assert_int_eq(fetch_request_send(p.write, &call, PATIENCE, &err), 0);
        ck_assert_int_eq(fetch_request_receive(&p.lines, PATIENCE, &request, &err), 1);
        ck_assert_str_eq(request.url, "http://x/?a=b");
        ck_assert_uint_eq(request.limit, 100);
        ck_assert_int_eq(request.timeout_ms, 5000);
        ck_assert(post ? buf_equal(&request.body, &body) : request.type == NULL);
        ck_assert_int_eq(request.auth, call.auth);
        ck_assert(i == 2 ? strcmp(request.user, call.user) == 0 : !request.user);
        ck_assert(buf_equal(&request.secret, i == 2 ? &secret : &(struct buf){0}));

        ck_assert_int_eq(fetch_answer_send(p.write, 200, &body, PATIENCE, &err), 0);
        ck_assert_int_eq(fetch_answer_receive(&p.lines, 4, PATIENCE, &status, &received, &err), 0);
        ck_assert_int_eq(status, 200);
        ck_assert(buf_equal(&received, &body));
    }
    close(steal_fd(&p.write));
    struct fetch_request none = {0};
    ck_assert_int_eq(fetch_request_receive(&p.lines, PATIENCE, &none, &err), 0);
}
END_TEST

static const char *const forged[] = {
    "http://x/\nlimit 1", "http://x/ y", "http://x/\r", "\t", "http://x/\x7f", "http://x/ HTTP/1.1",
};

START_TEST(a_url_cannot_forge_a_line)
{
    struct err err;
    const struct fetch_call call = {.url = forged[_i], .limit = 100, .timeout_ms = 5000};
    ck_assert_int_eq(fetch_request_send(-1, &call, PATIENCE, &err), -ERR_CONFIG);
}
END_TEST

static const struct {
    const char *user, *secret;
    size_t len;
} forging[] = {
    {"bob\nurl http://evil/", "x", 1},
    {"bob\r", "x", 1},
    {"bob", "x\nurl http://evil/", 18},
    {"bob", "x\0y", 3},
    {"bob", "x\x7f", 2},
    {NULL, "x\n", 2},
};

START_TEST(nor_can_who_asks)
{
    struct err err;
    autobuf secret = {0};
    buf_add(&secret, forging[_i].secret, forging[_i].len, &err);
    const struct fetch_call call = {.url = "http://x/",
                                    .auth = AUTH_BASIC,
                                    .user = forging[_i].user,
                                    .secret = &secret,
                                    .limit = 100,
                                    .timeout_ms = 5000};
    ck_assert_int_eq(fetch_request_send(-1, &call, PATIENCE, &err), -ERR_CONFIG);
    ck_assert_ptr_null(strstr(err.text, "evil"));
}
END_TEST

static const char *const bad_requests[] = {
    "limit 1\n\n",
    "\n",
    "url http://x/\n\n",
    "url http://x/\nlimit 10\n\n",
    "url http://x/\ntimeout 10\n\n",
    "url http://x/\nlimit 10\ntimeout 10\nbody 3\n\nabc", /* a body of no type */
    "url http://x/\nlimit 10\ntimeout 10\ntype t\nbody 30\n\nabc",
    "url http://x/\nlimit 0\ntimeout 10\n\n",
    "url http://x/\nlimit -1\ntimeout 10\n\n",
    "url http://x/\nlimit 99999999999999999999\ntimeout 10\n\n",
    "url http://x/\nlimit 10\ntimeout 10\ntype t\nbody 4294967296\n\n",
    "url http://x/\nlimit 10\ntimeout 10\nproxy http://y\n\n",
    "url http://x/\nlimit 10\ntimeout 10\n",
    "url http://x/\nlimit 10\ntimeout 10\nauth digest\n\n",
    "url http://x/\nlimit 10\ntimeout 10\nauth\n\n",
    "url http://x/\nnonsense\n\n",
    "url http://x/",
};

START_TEST(a_bad_request_is_refused)
{
    CLEANUP(pipe_close) struct pipe p;
    struct fetch_request request = {0};
    struct err err;
    pipe_open(&p);
    ck_assert_int_eq(io_write(p.write, bad_requests[_i], strlen(bad_requests[_i]), PATIENCE, &err),
                     0);
    close(steal_fd(&p.write));
    ck_assert_int_lt(fetch_request_receive(&p.lines, PATIENCE, &request, &err), 0);
    ck_assert_ptr_null(request.url);
}
END_TEST

static const struct {
    const char *frame;
    const char *error;
} bad_answers[] = {
    {"error no route to host\n\n", "no route to host"},
    {"status 200\nbody 5\n\nabcde", "body 5"}, /* past the limit of four */
    {"status 200\nbody 3\n\nab", "closed"},
    {"status 20\nbody 0\n\n", "status 20"},
    {"status 2000\n\n", "status 2000"},
    {"body 2\n\nab", "without status"},
    {"\n", "without status"},
    {"", "stopped"},
    {"HTTP/1.1 200 OK\n\n", "HTTP/1.1"},
    {"status 200", "stopped"},
};

START_TEST(a_bad_answer_is_refused)
{
    CLEANUP(pipe_close) struct pipe p;
    autobuf body = {0};
    struct err err;
    int status = -1;
    pipe_open(&p);
    ck_assert_int_eq(
        io_write(p.write, bad_answers[_i].frame, strlen(bad_answers[_i].frame), PATIENCE, &err), 0);
    close(steal_fd(&p.write));
    ck_assert_int_lt(fetch_answer_receive(&p.lines, 4, PATIENCE, &status, &body, &err), 0);
    ck_assert_msg(strstr(err.text, bad_answers[_i].error) != NULL, "%s", err.text);
    ck_assert_int_eq(status, -1);
    ck_assert_ptr_null(body.data);
}
END_TEST

Suite *fetch_frame_suite(void)
{
    Suite *suite = suite_create("agent/fetch_frame");
    TCase *tc = tcase_create("fetch_frame");
    tcase_add_test(tc, requests_and_answers_pass_in_turn);
    tcase_add_loop_test(tc, a_url_cannot_forge_a_line, 0, LENGTH(forged));
    tcase_add_loop_test(tc, nor_can_who_asks, 0, LENGTH(forging));
    tcase_add_loop_test(tc, a_bad_request_is_refused, 0, LENGTH(bad_requests));
    tcase_add_loop_test(tc, a_bad_answer_is_refused, 0, LENGTH(bad_answers));
    suite_add_tcase(suite, tc);
    return suite;
}
