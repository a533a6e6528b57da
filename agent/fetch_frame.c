#include "agent/fetch_frame.h"

#include "base/text.h"

#include <string.h>

static const char *const auths[] = {
    [AUTH_NONE] = "none",   [AUTH_NEGOTIATE] = "negotiate", [AUTH_NTLM] = "ntlm",
    [AUTH_BASIC] = "basic", [AUTH_BEARER] = "bearer",
};

void fetch_request_free(struct fetch_request *request)
{
    free(request->url);
    free(request->type);
    free(request->user);
    buf_free(&request->body);
    buf_free(&request->secret);
    *request = (struct fetch_request){0};
}

/* No character that could end a line; none below FIRST at all. */
static bool is_plain(const char *text, unsigned char first)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (*p < first || *p == 0x7f)
            return false;
    return true;
}

static int add_credentials(const struct fetch_call *call, struct buf *frame, struct err *err)
{
    const struct buf *secret = call->secret;
    if (call->auth == AUTH_NONE)
        return 0;
    if ((call->user && !is_plain(call->user, ' ')) ||
        (secret && (strlen(buf_text(secret)) != secret->len || !is_plain(buf_text(secret), ' '))))
        return err_set(err, ERR_CONFIG, "the user or the secret holds a control character");
    int rc = buf_printf(frame, err, "auth %s\n", auths[call->auth]);
    if (rc == 0 && call->user)
        rc = buf_printf(frame, err, "user %s\n", call->user);
    if (rc == 0 && secret)
        rc = buf_printf(frame, err, "secret %s\n", buf_text(secret));
    return rc;
}

int fetch_request_send(int fd, const struct fetch_call *call, deadline until, struct err *err)
{
    autobuf frame = {0};
    const struct buf *body = call->body;
    if (!is_plain(call->url, '!') || strlen(call->url) > FETCH_URL_MAX ||
        (body && !is_plain(call->type, '!')))
        return err_set(err, ERR_CONFIG, "%.200s: not a URL that can be asked", call->url);
    int rc = buf_printf(&frame, err, "url %s\nlimit %zu\ntimeout %lld\n", call->url, call->limit,
                        (long long)call->timeout_ms);
    if (rc == 0)
        rc = add_credentials(call, &frame, err);
    if (rc == 0 && body)
        rc = buf_printf(&frame, err, "type %s\nbody %zu\n", call->type, body->len);
    if (rc == 0)
        rc = buf_add(&frame, "\n", 1, err);
    if (rc == 0 && body)
        rc = buf_add(&frame, body->data, body->len, err);
    return rc < 0 ? rc : io_write(fd, frame.data, frame.len, until, err);
}

int fetch_answer_send(int fd, long status, const struct buf *body, deadline until, struct err *err)
{
    autobuf frame = {0};
    int rc = buf_printf(&frame, err, "status %ld\nbody %zu\n\n", status, body->len);
    if (rc == 0)
        rc = buf_add(&frame, body->data, body->len, err);
    return rc < 0 ? rc : io_write(fd, frame.data, frame.len, until, err);
}

int fetch_error_send(int fd, const char *text, deadline until, struct err *err)
{
    autobuf frame = {0};
    int rc = buf_printf(&frame, err, "error %s\n\n", text);
    return rc < 0 ? rc : io_write(fd, frame.data, frame.len, until, err);
}

/* The next line of a head, cut at its first blank: LINE keeps the name, *ret_value points behind
 * it. Returns 1, 0 at the empty line that ends the head, or negative. */
static int head_next(struct io_lines *lines, deadline until, struct buf *line, char **ret_value,
                     struct err *err)
{
    int rc = io_line(lines, until, line, err);
    if (rc == 0)
        return err_set(err, ERR_RETRY, "the other end stopped inside a frame");
    if (rc < 0 || line->len == 0)
        return rc < 0 ? rc : 0;
    char *blank = strchr((char *)line->data, ' ');
    if (!blank)
        return err_set(err, ERR_BUG, "a frame with a line without value");
    *blank = 0;
    *ret_value = blank + 1;
    return 1;
}

static int keep(char **ret, const char *value, struct err *err)
{
    free(*ret);
    *ret = strdup(value);
    return *ret ? 0 : err_memory(err);
}

static int read_auth(const char *word, enum challenge_auth *ret, struct err *err)
{
    for (size_t i = 0; i < LENGTH(auths); i++)
        if (strcmp(auths[i], word) == 0) {
            *ret = (enum challenge_auth)i;
            return 0;
        }
    return err_set(err, ERR_BUG, "a frame with auth %.50s", word);
}

static int request_line(const char *name, const char *value, struct fetch_request *request,
                        int64_t *body, struct err *err)
{
    int64_t limit;
    if (strcmp(name, "url") == 0)
        return keep(&request->url, value, err);
    if (strcmp(name, "type") == 0)
        return keep(&request->type, value, err);
    if (strcmp(name, "auth") == 0)
        return read_auth(value, &request->auth, err);
    if (strcmp(name, "user") == 0)
        return keep(&request->user, value, err);
    if (strcmp(name, "secret") == 0)
        return buf_add_text(&request->secret, value, err);
    if (strcmp(name, "body") == 0 && text_number(value, 0, FETCH_BODY_MAX, body))
        return 0;
    if (strcmp(name, "timeout") == 0 && text_number(value, 1, 3600000, &request->timeout_ms))
        return 0;
    if (strcmp(name, "limit") == 0 && text_number(value, 1, FETCH_BODY_MAX, &limit)) {
        request->limit = (size_t)limit;
        return 0;
    }
    return err_set(err, ERR_BUG, "a frame with %.50s %.200s", name, value);
}

int fetch_request_receive(struct io_lines *lines, deadline until, struct fetch_request *ret,
                          struct err *err)
{
    CLEANUP(fetch_request_free) struct fetch_request request = {0};
    autobuf line = {0};
    int64_t body = 0;
    char *value;

    int rc = io_line(lines, until, &line, err);
    if (rc <= 0)
        return rc;
    if (strncmp(buf_text(&line), "url ", 4) != 0)
        return err_set(err, ERR_BUG, "a frame that does not begin with a URL");
    rc = keep(&request.url, buf_text(&line) + 4, err);
    while (rc >= 0 && (rc = head_next(lines, until, &line, &value, err)) > 0)
        rc = request_line(buf_text(&line), value, &request, &body, err);
    if (rc < 0)
        return rc;
    if (!request.limit || !request.timeout_ms || (body && !request.type))
        return err_set(err, ERR_BUG, "a frame that is not whole");
    rc = io_bytes(lines, (size_t)body, until, &request.body, err);
    if (rc < 0)
        return rc;
    *ret = request;
    request = (struct fetch_request){0};
    return 1;
}

/* *RET_SAID: it was signet-fetch itself that said what went wrong. */
static int answer_head(struct io_lines *lines, size_t limit, deadline until, int64_t *ret_status,
                       int64_t *ret_len, bool *ret_said, struct err *err)
{
    autobuf line = {0};
    char *value;
    int rc;

    while ((rc = head_next(lines, until, &line, &value, err)) > 0) {
        *ret_said = strcmp(buf_text(&line), "error") == 0;
        if (*ret_said)
            return err_set(err, ERR_RETRY, "%s", value);
        bool good =
            strcmp(buf_text(&line), "status") == 0 ? text_number(value, 100, 999, ret_status)
            : strcmp(buf_text(&line), "body") == 0 ? text_number(value, 0, (int64_t)limit, ret_len)
                                                   : false;
        if (!good)
            return err_set(err, ERR_BUG, "an answer with %.50s %.200s", buf_text(&line), value);
    }
    return rc == 0 && *ret_status == 0 ? err_set(err, ERR_BUG, "an answer without status") : rc;
}

int fetch_answer_receive(struct io_lines *lines, size_t limit, deadline until, int *ret_status,
                         struct buf *ret_body, struct err *err)
{
    autobuf body = {0};
    int64_t status = 0, len = 0;
    bool said = false;

    int rc = answer_head(lines, limit, until, &status, &len, &said, err);
    if (rc == 0)
        rc = io_bytes(lines, (size_t)len, until, &body, err);
    if (rc < 0)
        return said ? rc : err_context(err, "signet-fetch");
    buf_free(ret_body);
    *ret_body = body;
    body = (struct buf){0};
    *ret_status = (int)status;
    return 0;
}
