#include "scep/server.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#define BODY_SHOWN 120

static int64_t now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int build_url(const char *base, const char *operation, const struct buf *message,
                     bool with_message, struct buf *ret, struct err *err)
{
    int rc =
        buf_printf(ret, err, "%s%coperation=%s", base, strchr(base, '?') ? '&' : '?', operation);
    /* Some servers want the parameter to be there even when it is empty. */
    if (rc == 0 && with_message)
        rc = buf_add_text(ret, "&message=", err);
    if (rc == 0 && with_message && message)
        rc = text_percent(message->data, message->len, ret, err);
    return rc;
}

int server_call(struct server *server, const char *operation, const struct buf *message,
                const struct buf *post, struct scep_answer *ret, struct err *err)
{
    autobuf url = {0};
    int rc = build_url(server->url, operation, message, !post, &url, err);
    if (rc < 0)
        return rc;
    struct scep_http http = {
        .url = buf_text(&url),
        .body = post,
        .content_type = post ? "application/x-pki-message" : NULL,
        .last = post,
    };
    int64_t began = now_us();
    rc = server->operation->transport(server->operation->context, &http, ret, err);
    server->wait_us += now_us() - began;
    if (rc == 0 && server->challenge)
        secrets_add(&ret->secrets, server->challenge->data, server->challenge->len);
    if (rc < 0 || ret->body.len <= ANSWER_MAX)
        return rc;
    size_t len = ret->body.len;
    buf_free(&ret->body);
    return err_set(err, ERR_RESOURCE, "the answer has %zu bytes, more than %u", len, ANSWER_MAX);
}

static bool looks_like_text(const struct buf *body)
{
    size_t n = body->len < BODY_SHOWN ? body->len : BODY_SHOWN;
    for (size_t i = 0; i < n; i++)
        if (body->data[i] == 0x7f || (body->data[i] < ' ' && !strchr("\t\r\n", body->data[i])) ||
            body->data[i] == 0)
            return false;
    return true;
}

static bool looks_like_html(const struct buf *body)
{
    const char *at = buf_text(body);
    at += strspn(at, " \t\r\n");
    return strncasecmp(at, "<!doctype html", 14) == 0 || strncasecmp(at, "<html", 5) == 0;
}

/* Appends what came: its kind, its size, and how it begins when people can read that. */
static int describe_body(const struct scep_answer *answer, struct buf *ret, struct err *err)
{
    const struct buf *body = &answer->body;
    size_t looked_at = BODY_SHOWN + SECRET_ESCAPED; /* one may begin in what is shown */
    if (body->len == 0)
        return buf_add_text(ret, "an empty body", err);
    if (!looks_like_text(body))
        return buf_printf(ret, err, "%zu bytes of binary", body->len);
    if (secrets_told(&answer->secrets, body->data, body->len < looked_at ? body->len : looked_at))
        return buf_add_text(ret, SECRETS_UNTOLD, err);
    autofree char *copy = strndup(buf_text(body), BODY_SHOWN);
    if (!copy)
        return err_memory(err);
    for (char *p = copy; *p; p++)
        if (strchr("\t\r\n", *p))
            *p = ' ';
    err_sanitise(copy);
    return buf_printf(ret, err, "%s \"%s%s\"", looks_like_html(body) ? "text/html" : "text",
                      text_trim(copy), body->len > BODY_SHOWN ? "..." : "");
}

static enum err_class status_class(int status)
{
    if (status == 401 || status == 403)
        return ERR_DENIED;
    return status == 408 || status == 429 || status >= 500 ? ERR_RETRY : ERR_CONFIG;
}

/* What an administrator can make of a status, which SCEP itself has no use for: the first that
 * fits. */
static const struct {
    int from, to;
    const char *hint;
} hints[] = {
    {400, 400, "; the server could not read the request"},
    {401, 401, "; it wants a name and a password, which SCEP does not have: is url right?"},
    {403, 403, "; it does not let this machine in: is url right?"},
    {404, 410, "; is url right?"},
    {429, 429, "; it is busy, and asked again later"},
    {503, 503, "; it is busy or out of service, and asked again later"},
    {500, 599, "; the server's own log should say why"},
};

/* A proxy may have said it itself. */
static int add_proxy(const struct scep_answer *answer, struct buf *ret, struct err *err)
{
    return answer->proxy ? buf_printf(ret, err, " (through the proxy %.200s)", answer->proxy) : 0;
}

static const char *status_hint(int status)
{
    for (size_t i = 0; i < LENGTH(hints); i++)
        if (status >= hints[i].from && status <= hints[i].to)
            return hints[i].hint;
    return "";
}

int server_status(const struct scep_answer *answer, struct err *err)
{
    if (answer->status == 200)
        return 0;
    autobuf body = {0};
    int rc = describe_body(answer, &body, err);
    if (rc == 0)
        rc = add_proxy(answer, &body, err);
    return rc < 0 ? rc
                  : err_set(err, status_class(answer->status), "answered HTTP %d with %s%s",
                            answer->status, buf_text(&body), status_hint(answer->status));
}

int server_strange(const struct scep_answer *answer, const char *what, struct err *err)
{
    autobuf body = {0};
    int rc = describe_body(answer, &body, err);
    if (rc == 0)
        rc = add_proxy(answer, &body, err);
    return rc < 0 ? rc
                  : err_set(err, ERR_RETRY, "answered HTTP %d with %s, which is not %s%s",
                            answer->status, buf_text(&body), what,
                            looks_like_html(&answer->body)
                                ? ": is url right, or does the network want a sign-in first?"
                                : "");
}
