/* Both sides of it: fetch/request.c, fetch/answer.c. */
#include "fetch/frame.h"

#include "fetch/answer.h"
#include "fetch/request.h"

#include "tests/suite.h"

#include <string.h>
#include <sys/socket.h>

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
    autobuf body = {0}, secret = {0}, roots = {0};
    struct err err;

    pipe_open(&p);
    ck_assert_int_eq(buf_add(&body, "a\n\0b", 4, &err), 0);
    ck_assert_int_eq(buf_add_text(&secret, " h\xc3\xa5 : 2", &err), 0);
    ck_assert_int_eq(buf_add(&roots, "\n\0\n", 3, &err), 0);
    for (int i = 0; i < 3; i++) {
        CLEANUP(fetch_request_free) struct fetch_request request = {0};
        CLEANUP(fetch_answer_free) struct fetch_answer received = {0};
        const struct fetch_answer answer = {.status = 200, .retry_after = i, .body = body};
        bool post = i == 1;
        const struct fetch_call call = {.url = "http://x/?a=b",
                                        .type = post ? "text/plain" : NULL,
                                        .body = post ? &body : NULL,
                                        .auth = i == 2 ? AUTH_BASIC : AUTH_NONE,
                                        .user = i == 2 ? "CORP\\n des" : NULL,
                                        .secret = i == 2 ? &secret : NULL,
                                        .limit = 100,
                                        .timeout_ms = 5000,
                                        .redirects = 5 * post,
                                        .route = {.proxy = post ? "http://p:1" : NULL,
                                                  .login = &secret,
                                                  .roots = i ? &roots : NULL,
                                                  .certificate = post ? &body : NULL}};
        ck_assert_int_eq(fetch_request_send(p.write, &call, PATIENCE, &err), 0);
        ck_assert_int_eq(fetch_request_receive(&p.lines, PATIENCE, &request, &err), 1);
        ck_assert_str_eq(request.url, "http://x/?a=b");
        ck_assert_uint_eq(request.limit, 100);
        ck_assert_int_eq(request.timeout_ms, 5000);
        ck_assert(post ? buf_equal(&request.body, &body) : request.type == NULL);
        ck_assert_int_eq(request.auth, call.auth);
        ck_assert(i == 2 ? strcmp(request.user, call.user) == 0 : !request.user);
        ck_assert(buf_equal(&request.secret, i == 2 ? &secret : &(struct buf){0}));
        ck_assert_int_eq(request.redirects, 5 * post);
        ck_assert(post ? strcmp(request.proxy, "http://p:1") == 0 : !request.proxy);
        ck_assert(buf_equal(&request.login, post ? &secret : &(struct buf){0}));
        ck_assert(buf_equal(&request.roots, i ? &roots : &(struct buf){0}));
        ck_assert(buf_equal(&request.certificate, post ? &body : &(struct buf){0}));

        ck_assert_int_eq(fetch_answer_send(p.write, &answer, PATIENCE, &err), 0);
        ck_assert_int_eq(fetch_answer_receive(&p.lines, 4, PATIENCE, &received, &err), 0);
        ck_assert_int_eq(received.status, 200);
        ck_assert_int_eq(received.retry_after, i);
        ck_assert(buf_equal(&received.body, &body));
    }
    close(steal_fd(&p.write));
    struct fetch_request none = {0};
    ck_assert_int_eq(fetch_request_receive(&p.lines, PATIENCE, &none, &err), 0);
}
END_TEST

START_TEST(a_signature_is_asked_for_in_between)
{
    CLEANUP(pipe_close) struct pipe p;
    CLEANUP(fetch_answer_free) struct fetch_answer received = {0};
    struct fetch_answer question = {.scheme = "ecdsa_sha256"};
    autobuf signature = {0};
    struct err err, fault;

    pipe_open(&p);
    ck_assert_int_eq(buf_add(&question.body, "a\n\0b", 4, &err), 0);
    ck_assert_int_eq(fetch_answer_send(p.write, &question, PATIENCE, &err), 0);
    /* What is signed has a limit of its own. */
    ck_assert_int_eq(fetch_answer_receive(&p.lines, 1, PATIENCE, &received, &err), 0);
    ck_assert_int_eq(received.status, 0);
    ck_assert_str_eq(received.scheme, "ecdsa_sha256");
    ck_assert(buf_equal(&received.body, &question.body));

    ck_assert_int_eq(fetch_signature_send(p.write, &question.body, PATIENCE, &err), 0);
    ck_assert_int_eq(fetch_signature_receive(&p.lines, PATIENCE, &signature, &err), 0);
    ck_assert(buf_equal(&signature, &question.body));

    err_set(&fault, ERR_DENIED, "not this one");
    ck_assert_int_eq(fetch_error_send(p.write, &fault, false, PATIENCE, &err), 0);
    ck_assert_int_eq(fetch_signature_receive(&p.lines, PATIENCE, &signature, &err), -ERR_DENIED);
    ck_assert_str_eq(err.text, "not this one");
    /* Nothing of it is left for the next frame. */
    ck_assert_int_eq(fetch_signature_send(p.write, &question.body, PATIENCE, &err), 0);
    buf_clear(&signature);
    ck_assert_int_eq(fetch_signature_receive(&p.lines, PATIENCE, &signature, &err), 0);
    ck_assert(buf_equal(&signature, &question.body));
    buf_free(&question.body);
}
END_TEST

static const char *const bad_signatures[] = {
    "",
    "\n",
    "signature 0\n\n",
    "signature -1\n\n",
    "signature 2049\n\n",
    "signature 4\n\nabc",
    "signature 1",
    "status 200\nbody 1\n\nx",
    "error\n\n",
    "error x y\n\n",
    "error retry y",
};

START_TEST(a_bad_signature_is_refused)
{
    CLEANUP(pipe_close) struct pipe p;
    autobuf signature = {0};
    struct err err = {0};
    pipe_open(&p);
    ck_assert_int_eq(
        io_write(p.write, bad_signatures[_i], strlen(bad_signatures[_i]), PATIENCE, &err), 0);
    close(steal_fd(&p.write));
    ck_assert_int_lt(fetch_signature_receive(&p.lines, PATIENCE, &signature, &err), 0);
    ck_assert_str_ne(err.text, "");
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

static const struct {
    const char *proxy, *login;
    size_t len;
} forging_routes[] = {
    {"http://p:1\nurl http://evil/", "", 0},
    {"http://p:1 x", "", 0},
    {"http://p:1", "a:b\nurl http://evil/", 20},
    {"http://p:1", "a:\0b", 4},
    {NULL, "a:b\r", 4},
};

START_TEST(nor_can_a_proxy)
{
    struct err err;
    autobuf login = {0};
    buf_add(&login, forging_routes[_i].login, forging_routes[_i].len, &err);
    const struct fetch_call call = {.url = "http://x/",
                                    .limit = 100,
                                    .timeout_ms = 5000,
                                    .route = {.proxy = forging_routes[_i].proxy, .login = &login}};
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
    "url http://x/\nlimit 10\ntimeout 10\nproxies http://y\n\n",
    "url http://x/\nlimit 10\ntimeout 10\nredirects 6\n\n",
    "url http://x/\nlimit 10\ntimeout 10\nredirects -1\n\n",
    "url http://x/\nlimit 10\ntimeout 10\nroots 262145\n\n",
    "url http://x/\nlimit 10\ntimeout 10\ncertificate 262145\n\n",
    "url http://x/\nlimit 10\ntimeout 10\nroots 3\n\nab",
    "url http://x/\nlimit 10\ntimeout 10\nroots 2\ncertificate 2\n\nabc",
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
    {"error retry no route to host\n\n", "no route to host"},
    {"error no route to host\n\n", "without class"},
    {"error retry no route to host\nstatus 200\n\n", "an error with status"},
    {"error retry no route to host\n", "stopped"},
    {"error retry\n\n", "without class"},
    {"timeout retry nobody answers\n\n", "nobody answers"},
    {"timeout\n\n", "without value"},
    {"timeout nobody answers\n\n", "without class"},
    {"timeout retry nobody answers\nstatus 200\n\n", "an error with status"},
    {"timeout retry nobody answers\n", "stopped"},
    {"status 200\ntimeout\n\n", "without value"},
    {"status 200\nsign ecdsa_sha256\nbody 0\n\n", "without status"},
    {"sign\nbody 0\n\n", "without value"},
    {"sign \nbody 0\n\n", "sign "},
    {"sign a_scheme_whose_name_is_longer_than_any_other\nbody 0\n\n", "sign a_scheme"},
    {"sign ecdsa_sha256\nbody 524289\n\n", "body 524289"},
    {"status 200\nretry-after 0\nbody 0\n\n", "retry-after 0"},
    {"status 200\nretry-after 86401\nbody 0\n\n", "retry-after 86401"},
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
    struct fetch_answer answer = {.status = -1};
    struct err err;
    pipe_open(&p);
    ck_assert_int_eq(
        io_write(p.write, bad_answers[_i].frame, strlen(bad_answers[_i].frame), PATIENCE, &err), 0);
    close(steal_fd(&p.write));
    ck_assert_int_lt(fetch_answer_receive(&p.lines, 4, PATIENCE, &answer, &err), 0);
    ck_assert_msg(strstr(err.text, bad_answers[_i].error) != NULL, "%s", err.text);
    ck_assert_int_eq(answer.status, -1);
    ck_assert(answer.timed_out == (strncmp(bad_answers[_i].frame, "timeout ", 8) == 0));
    ck_assert_ptr_null(answer.body.data);
}
END_TEST

Suite *fetch_frame_suite(void)
{
    Suite *suite = suite_create("fetch/frame");
    TCase *tc = tcase_create("fetch_frame");
    tcase_add_test(tc, requests_and_answers_pass_in_turn);
    tcase_add_test(tc, a_signature_is_asked_for_in_between);
    tcase_add_loop_test(tc, a_bad_signature_is_refused, 0, LENGTH(bad_signatures));
    tcase_add_loop_test(tc, nor_can_a_proxy, 0, LENGTH(forging_routes));
    tcase_add_loop_test(tc, a_url_cannot_forge_a_line, 0, LENGTH(forged));
    tcase_add_loop_test(tc, nor_can_who_asks, 0, LENGTH(forging));
    tcase_add_loop_test(tc, a_bad_request_is_refused, 0, LENGTH(bad_requests));
    tcase_add_loop_test(tc, a_bad_answer_is_refused, 0, LENGTH(bad_answers));
    suite_add_tcase(suite, tc);
    return suite;
}
