#include "agent/fetch_frame.h"

#include "base/text.h"

#include <string.h>

void fetch_request_free(struct fetch_request *request)
{
    free(request->url);
    free(request->type);
    buf_free(&request->body);
    *request = (struct fetch_request){0};
}

static bool is_plain(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (*p <= ' ' || *p == 0x7f)
            return false;
    return true;
}

int fetch_request_write(const char *url, const char *type, const struct buf *body, size_t limit,
                        int64_t timeout_ms, struct buf *ret, struct err *err)
{
    if (!is_plain(url) || strlen(url) > FETCH_URL_MAX || (type && !is_plain(type)))
        return err_set(err, ERR_CONFIG, "%.200s: not a URL that can be asked", url);
    int rc = buf_printf(ret, err, "url %s\nlimit %zu\ntimeout %lld\n", url, limit,
                        (long long)timeout_ms);
    if (rc == 0 && body)
        rc = buf_printf(ret, err, "type %s\nbody %zu\n", type, body->len);
    if (rc == 0)
        rc = buf_add(ret, "\n", 1, err);
    if (rc == 0 && body)
        rc = buf_add(ret, body->data, body->len, err);
    return rc;
}

struct head {
    const char *at;  /* not yet read */
    const char *end; /* of the frame */
    char *name;      /* owned: "NAME", a zero byte, the value */
    char *value;     /* into it */
};

static void head_free(struct head *head)
{
    free(head->name);
}

/* The next "NAME VALUE" line. Returns 1, 0 at the empty line that ends the head, or negative. */
static int head_next(struct head *head, struct err *err)
{
    const char *end = memchr(head->at, '\n', (size_t)(head->end - head->at));
    if (!end)
        return err_set(err, ERR_BUG, "a frame whose head does not end");
    if (end == head->at) {
        head->at++;
        return 0;
    }
    free(head->name);
    head->name = strndup(head->at, (size_t)(end - head->at));
    head->at = end + 1;
    if (!head->name)
        return err_memory(err);
    head->value = strchr(head->name, ' ');
    if (!head->value)
        return err_set(err, ERR_BUG, "a frame with a line without value");
    *head->value++ = 0;
    return 1;
}

static struct head head_of(const struct buf *frame)
{
    const char *start = buf_text(frame);
    return (struct head){.at = start, .end = start + frame->len};
}

static int keep(char **ret, const char *value, struct err *err)
{
    free(*ret);
    *ret = strdup(value);
    return *ret ? 0 : err_memory(err);
}

int fetch_request_read(const struct buf *frame, struct fetch_request *ret, struct err *err)
{
    CLEANUP(fetch_request_free) struct fetch_request request = {0};
    CLEANUP(head_free) struct head head = head_of(frame);
    int64_t body = 0, limit = 0;
    int rc;

    while ((rc = head_next(&head, err)) > 0) {
        bool good = true;
        if (strcmp(head.name, "url") == 0)
            rc = keep(&request.url, head.value, err);
        else if (strcmp(head.name, "type") == 0)
            rc = keep(&request.type, head.value, err);
        else if (strcmp(head.name, "body") == 0)
            good = text_number(head.value, 0, BUF_MAX, &body);
        else if (strcmp(head.name, "limit") == 0)
            good = text_number(head.value, 1, BUF_MAX, &limit);
        else if (strcmp(head.name, "timeout") == 0)
            good = text_number(head.value, 1, 3600000, &request.timeout_ms);
        else
            good = false;
        if (rc < 0)
            return rc;
        if (!good)
            return err_set(err, ERR_BUG, "a frame with %s %s", head.name, head.value);
    }
    if (rc < 0)
        return rc;
    if (!request.url || !limit || !request.timeout_ms || head.end - head.at != body)
        return err_set(err, ERR_BUG, "a frame that is not whole");
    rc = buf_add(&request.body, head.at, (size_t)body, err);
    if (rc < 0)
        return rc;
    request.limit = (size_t)limit;
    *ret = request;
    request = (struct fetch_request){0};
    return 0;
}

int fetch_answer_read(const struct buf *frame, int *ret_status, struct buf *ret_body,
                      struct err *err)
{
    CLEANUP(head_free) struct head head = head_of(frame);
    int64_t status = 0;
    int rc;

    while ((rc = head_next(&head, err)) > 0) {
        if (strcmp(head.name, "error") == 0)
            return err_set(err, ERR_RETRY, "%s", head.value);
        if (strcmp(head.name, "status") != 0 || !text_number(head.value, 100, 999, &status))
            return err_set(err, ERR_BUG, "an answer with %s %s", head.name, head.value);
    }
    if (rc < 0)
        return rc;
    if (status == 0)
        return err_set(err, ERR_BUG, "an answer without status");
    autobuf body = {0};
    rc = buf_add(&body, head.at, (size_t)(head.end - head.at), err);
    if (rc < 0)
        return rc;
    buf_free(ret_body);
    *ret_body = body;
    body = (struct buf){0};
    *ret_status = (int)status;
    return 0;
}

int fetch_answer_write(long status, const struct buf *body, struct buf *ret, struct err *err)
{
    int rc = buf_printf(ret, err, "status %ld\n\n", status);
    return rc < 0 ? rc : buf_add(ret, body->data, body->len, err);
}

int fetch_error_write(const char *text, struct buf *ret, struct err *err)
{
    return buf_printf(ret, err, "error %s\n\n", text);
}
