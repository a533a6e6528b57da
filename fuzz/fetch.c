/* Frames between the agent and signet-fetch, which talks to every server there is: the same bytes
 * as a request, as an answer, and as a signature. */
#include "fetch/answer.h"
#include "fetch/request.h"
#include "fuzz/fuzz.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIMIT      1000
#define PATIENCE   deadline_in(20000)
#define AT_ONCE    (200u * 1024) /* what a socket takes without a reader */
#define FRAMES_MAX 16

/* A line to read from, which ends behind DATA. */
static struct io_lines say(const void *data, size_t len)
{
    int pair[2];
    HOLDS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    const int room = 2 * AT_ONCE;
    HOLDS(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room) == 0);
    HOLDS(io_write(pair[0], data, len, PATIENCE, NULL) == 0);
    close(pair[0]);
    return (struct io_lines){.fd = pair[1], .max = FETCH_LINE_MAX};
}

static void hang_up(struct io_lines *lines)
{
    close(lines->fd);
    buf_free(&lines->buffer);
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* What the agent could have said arrives again as it was. */
static void send_again(const struct fetch_request *r)
{
    CLEANUP(fetch_request_free) struct fetch_request again = {0};
    const struct fetch_call call = {
        .url = r->url,
        .type = r->type,
        .body = r->type ? &r->body : NULL,
        .auth = r->auth,
        .user = r->user,
        .secret = r->secret.len ? &r->secret : NULL,
        .limit = r->limit,
        .timeout_ms = r->timeout_ms,
        .redirects = (int)r->redirects,
        .route = {.proxy = r->proxy,
                  .login = &r->login,
                  .roots = &r->roots,
                  .certificate = &r->certificate},
    };
    int pair[2];
    HOLDS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    const int room = 2 * AT_ONCE;
    HOLDS(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room) == 0);
    struct err err = {0};
    int rc = fetch_request_send(pair[0], &call, PATIENCE, &err);
    close(pair[0]);
    struct io_lines lines = {.fd = pair[1], .max = FETCH_LINE_MAX};
    HOLDS_OF(err.text, rc == 0 || (rc == -ERR_CONFIG && fuzz_is_line(err.text)));
    if (rc == 0) {
        HOLDS(fetch_request_receive(&lines, PATIENCE, &again, NULL) == 1);
        HOLDS(same_text(again.url, r->url) && same_text(again.type, r->type));
        HOLDS(same_text(again.proxy, r->proxy) && again.auth == r->auth);
        HOLDS(again.limit == r->limit && again.timeout_ms == r->timeout_ms);
        HOLDS(again.redirects == r->redirects);
        HOLDS(buf_equal(&again.roots, &r->roots));
        HOLDS(buf_equal(&again.certificate, &r->certificate));
        HOLDS(!r->type || buf_equal(&again.body, &r->body));
        HOLDS(r->auth == AUTH_NONE || buf_equal(&again.secret, &r->secret));
    }
    hang_up(&lines);
}

static void as_requests(const uint8_t *data, size_t len)
{
    struct io_lines lines = say(data, len);
    struct err err = {0};
    int rc = 1;
    for (int i = 0; rc > 0 && i < FRAMES_MAX; i++) {
        CLEANUP(fetch_request_free) struct fetch_request r = {0};
        rc = fetch_request_receive(&lines, PATIENCE, &r, &err);
        HOLDS(rc > 0 || !r.url);
        HOLDS_OF(err.text, rc >= 0 || (*err.text && fuzz_is_line(err.text)));
        if (rc <= 0)
            break;
        HOLDS(r.url && r.limit > 0 && r.limit <= FETCH_BODY_MAX && r.timeout_ms > 0);
        HOLDS(r.redirects >= 0 && r.redirects <= FETCH_REDIRECTS_MAX);
        HOLDS(r.roots.len <= FETCH_PEM_MAX && r.certificate.len <= FETCH_PEM_MAX);
        HOLDS(r.body.len <= FETCH_BODY_MAX && (r.type || r.body.len == 0));
        send_again(&r);
    }
    hang_up(&lines);
}

static void as_answers(const uint8_t *data, size_t len)
{
    struct io_lines lines = say(data, len);
    int rc = 0;
    for (int i = 0; rc == 0 && i < FRAMES_MAX; i++) {
        CLEANUP(fetch_answer_free) struct fetch_answer a = {0};
        struct err err = {0};
        rc = fetch_answer_receive(&lines, LIMIT, PATIENCE, &a, &err);
        HOLDS_OF(err.text, rc == 0 || (err_class_name(err.class) && fuzz_is_line(err.text)));
        HOLDS(rc == 0 || (!a.status && !*a.scheme && !a.body.data));
        HOLDS(rc < 0 || !a.status == (*a.scheme != 0));
        HOLDS(rc < 0 || !a.status || (a.status >= 100 && a.status <= 999));
        HOLDS(a.body.len <= (*a.scheme ? FETCH_SIGN_MAX : LIMIT));
        HOLDS(a.retry_after >= 0 && a.retry_after <= FETCH_RETRY_AFTER_MAX);
    }
    hang_up(&lines);
}

static void as_signature(const uint8_t *data, size_t len)
{
    struct io_lines lines = say(data, len);
    autobuf signature = {0};
    struct err err = {0};
    int rc = fetch_signature_receive(&lines, PATIENCE, &signature, &err);
    HOLDS(rc < 0 || (signature.len > 0 && signature.len <= FETCH_SIGNATURE_MAX));
    HOLDS_OF(err.text, rc == 0 || (err_class_name(err.class) && fuzz_is_line(err.text)));
    hang_up(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > AT_ONCE)
        return 0;
    as_requests(data, size);
    as_answers(data, size);
    as_signature(data, size);
    return 0;
}
