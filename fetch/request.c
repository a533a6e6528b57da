#include "fetch/request.h"

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
    free(request->proxy);
    buf_free(&request->body);
    buf_free(&request->secret);
    buf_free(&request->login);
    buf_free(&request->roots);
    buf_free(&request->certificate);
    *request = (struct fetch_request){0};
}

static size_t length_of(const struct buf *buf)
{
    return buf ? buf->len : 0;
}

static int add_credentials(const struct fetch_call *call, struct buf *frame, struct err *err)
{
    const struct buf *secret = call->secret;
    if (call->auth == AUTH_NONE)
        return 0;
    if ((call->user && !fetch_frame_is_plain(call->user, ' ')) ||
        (secret && !fetch_frame_is_text(secret)))
        return err_set(err, ERR_CONFIG, "the user or the secret holds a control character");
    int rc = buf_printf(frame, err, "auth %s\n", auths[call->auth]);
    if (rc == 0 && call->user)
        rc = buf_printf(frame, err, "user %s\n", call->user);
    if (rc == 0 && secret)
        rc = buf_printf(frame, err, "secret %s\n", buf_text(secret));
    return rc;
}

static int add_route(const struct fetch_route *route, struct buf *frame, struct err *err)
{
    if ((route->proxy && !fetch_frame_is_plain(route->proxy, '!')) ||
        (route->login && !fetch_frame_is_text(route->login)))
        return err_set(err, ERR_CONFIG, "the proxy or its login holds a control character");
    if (length_of(route->roots) > FETCH_PEM_MAX || length_of(route->certificate) > FETCH_PEM_MAX)
        return err_set(err, ERR_RESOURCE, "certificates of more than %u bytes", FETCH_PEM_MAX);
    int rc = route->proxy ? buf_printf(frame, err, "proxy %s\n", route->proxy) : 0;
    if (rc == 0 && route->proxy && length_of(route->login))
        rc = buf_printf(frame, err, "login %s\n", buf_text(route->login));
    if (rc == 0 && length_of(route->roots))
        rc = buf_printf(frame, err, "roots %zu\n", route->roots->len);
    if (rc == 0 && length_of(route->certificate))
        rc = buf_printf(frame, err, "certificate %zu\n", route->certificate->len);
    return rc;
}

static int add_bytes(const struct buf *bytes, struct buf *frame, struct err *err)
{
    return length_of(bytes) ? buf_add(frame, bytes->data, bytes->len, err) : 0;
}

int fetch_request_send(int fd, const struct fetch_call *call, deadline until, struct err *err)
{
    autobuf frame = {0};
    const struct buf *body = call->body;
    if (!fetch_frame_is_plain(call->url, '!') || strlen(call->url) > FETCH_URL_MAX ||
        (body && !fetch_frame_is_plain(call->type, '!')))
        return err_set(err, ERR_CONFIG, "%.200s: not a URL that can be asked", call->url);
    int rc = buf_printf(&frame, err, "url %s\nlimit %zu\ntimeout %lld\n", call->url, call->limit,
                        (long long)call->timeout_ms);
    if (rc == 0 && call->redirects)
        rc = buf_printf(&frame, err, "redirects %d\n", call->redirects);
    if (rc == 0)
        rc = add_credentials(call, &frame, err);
    if (rc == 0)
        rc = add_route(&call->route, &frame, err);
    if (rc == 0 && body)
        rc = buf_printf(&frame, err, "type %s\nbody %zu\n", call->type, body->len);
    if (rc == 0)
        rc = buf_add(&frame, "\n", 1, err);
    if (rc == 0)
        rc = add_bytes(call->route.roots, &frame, err);
    if (rc == 0)
        rc = add_bytes(call->route.certificate, &frame, err);
    if (rc == 0)
        rc = add_bytes(body, &frame, err);
    return rc < 0 ? rc : io_write(fd, frame.data, frame.len, until, err);
}

/* What the lines have told of the bytes behind them. */
struct lengths {
    int64_t roots, certificate, body;
};

static int keep(char **ret, const char *value, struct err *err)
{
    free(*ret);
    *ret = strdup(value);
    return *ret ? 0 : err_memory(err);
}

static int keep_secret(struct buf *ret, const char *value, struct err *err)
{
    buf_clear(ret);
    return buf_add_text(ret, value, err);
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

static int read_number(const char *name, const char *value, struct fetch_request *request,
                       struct lengths *lengths, struct err *err)
{
    int64_t limit = (int64_t)request->limit;
    const struct {
        const char *name;
        int64_t min, max, *ret;
    } numbers[] = {
        {"limit", 1, FETCH_BODY_MAX, &limit},
        {"timeout", 1, 3600000, &request->timeout_ms},
        {"redirects", 0, FETCH_REDIRECTS_MAX, &request->redirects},
        {"roots", 0, FETCH_PEM_MAX, &lengths->roots},
        {"certificate", 0, FETCH_PEM_MAX, &lengths->certificate},
        {"body", 0, FETCH_BODY_MAX, &lengths->body},
    };
    for (size_t i = 0; i < LENGTH(numbers); i++)
        if (strcmp(numbers[i].name, name) == 0 &&
            text_number(value, numbers[i].min, numbers[i].max, numbers[i].ret)) {
            request->limit = (size_t)limit;
            return 0;
        }
    return err_set(err, ERR_BUG, "a frame with %.50s %.200s", name, value);
}

static int read_line(const char *name, const char *value, struct fetch_request *request,
                     struct lengths *lengths, struct err *err)
{
    if (strcmp(name, "url") == 0)
        return keep(&request->url, value, err);
    if (strcmp(name, "type") == 0)
        return keep(&request->type, value, err);
    if (strcmp(name, "auth") == 0)
        return read_auth(value, &request->auth, err);
    if (strcmp(name, "user") == 0)
        return keep(&request->user, value, err);
    if (strcmp(name, "secret") == 0)
        return keep_secret(&request->secret, value, err);
    if (strcmp(name, "proxy") == 0)
        return keep(&request->proxy, value, err);
    if (strcmp(name, "login") == 0)
        return keep_secret(&request->login, value, err);
    return read_number(name, value, request, lengths, err);
}

static int read_head(struct io_lines *lines, deadline until, struct fetch_request *request,
                     struct lengths *lengths, struct err *err)
{
    autobuf line = {0};
    char *value;
    int rc = io_line(lines, until, &line, err);
    if (rc <= 0)
        return rc;
    if (strncmp(buf_text(&line), "url ", 4) != 0)
        return err_set(err, ERR_BUG, "a frame that does not begin with a URL");
    rc = keep(&request->url, buf_text(&line) + 4, err);
    while (rc >= 0 && (rc = fetch_frame_next(lines, until, &line, &value, err)) > 0)
        rc = read_line(buf_text(&line), value, request, lengths, err);
    if (rc < 0)
        return rc;
    if (!request->limit || !request->timeout_ms || (lengths->body && !request->type))
        return err_set(err, ERR_BUG, "a frame that is not whole");
    return 1;
}

int fetch_request_receive(struct io_lines *lines, deadline until, struct fetch_request *ret,
                          struct err *err)
{
    CLEANUP(fetch_request_free) struct fetch_request request = {0};
    struct lengths lengths = {0};

    int rc = read_head(lines, until, &request, &lengths, err);
    if (rc <= 0)
        return rc;
    rc = io_bytes(lines, (size_t)lengths.roots, until, &request.roots, err);
    if (rc == 0)
        rc = io_bytes(lines, (size_t)lengths.certificate, until, &request.certificate, err);
    if (rc == 0)
        rc = io_bytes(lines, (size_t)lengths.body, until, &request.body, err);
    if (rc < 0)
        return rc;
    *ret = request;
    request = (struct fetch_request){0};
    return 1;
}
