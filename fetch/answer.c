#include "fetch/answer.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

void fetch_answer_free(struct fetch_answer *answer)
{
    buf_free(&answer->body);
    *answer = (struct fetch_answer){0};
}

static int add_head(const struct fetch_answer *answer, struct buf *frame, struct err *err)
{
    if (!answer->status)
        return buf_printf(frame, err, "sign %s\n", answer->scheme);
    int rc = buf_printf(frame, err, "status %d\n", answer->status);
    if (rc == 0 && answer->retry_after > 0)
        rc = buf_printf(frame, err, "retry-after %lld\n", (long long)answer->retry_after);
    return rc;
}

int fetch_answer_send(int fd, const struct fetch_answer *answer, deadline until, struct err *err)
{
    autobuf frame = {0};
    int rc = add_head(answer, &frame, err);
    if (rc == 0)
        rc = buf_printf(&frame, err, "body %zu\n\n", answer->body.len);
    if (rc == 0 && answer->body.len)
        rc = buf_add(&frame, answer->body.data, answer->body.len, err);
    return rc < 0 ? rc : io_write(fd, frame.data, frame.len, until, err);
}

int fetch_error_send(int fd, const struct err *error, bool timed_out, deadline until,
                     struct err *err)
{
    autobuf frame = {0};
    const char *class = err_class_name(error->class);
    int rc = buf_printf(&frame, err, "%s %s %s\n\n", timed_out ? "timeout" : "error",
                        class ? class : "bug", error->text);
    return rc < 0 ? rc : io_write(fd, frame.data, frame.len, until, err);
}

int fetch_signature_send(int fd, const struct buf *signature, deadline until, struct err *err)
{
    autobuf frame = {0};
    int rc = buf_printf(&frame, err, "signature %zu\n\n", signature->len);
    if (rc == 0)
        rc = buf_add(&frame, signature->data, signature->len, err);
    return rc < 0 ? rc : io_write(fd, frame.data, frame.len, until, err);
}

/* "CLASS TEXT", and the end of its frame. *RET_SAID: it was the other end itself that said what
 * went wrong. */
static int take_error(struct io_lines *lines, deadline until, char *value, bool *ret_said,
                      struct err *err)
{
    char *blank = strchr(value, ' '), *more;
    autobuf end = {0};
    if (blank)
        *blank = 0;
    enum err_class class = blank ? err_class_named(value) : 0;
    if (!class)
        return err_set(err, ERR_BUG, "an error without class");
    int rc = fetch_frame_next(lines, until, &end, &more, err);
    if (rc != 0)
        return rc < 0 ? rc : err_set(err, ERR_BUG, "an error with %.50s", buf_text(&end));
    *ret_said = true;
    return err_set(err, class, "%s", blank + 1);
}

/* Of what an answer's head can hold. */
struct head {
    int64_t status, retry_after, body;
    char scheme[sizeof((struct fetch_answer *)0)->scheme];
    size_t limit;
    bool said, timed_out;
};

static bool take_scheme(const char *value, struct head *head)
{
    if (strlen(value) >= sizeof head->scheme || !*value)
        return false;
    strcpy(head->scheme, value);
    head->limit = FETCH_SIGN_MAX;
    return true;
}

static bool take_line(const char *name, const char *value, struct head *head)
{
    if (strcmp(name, "status") == 0)
        return text_number(value, 100, 999, &head->status);
    if (strcmp(name, "retry-after") == 0)
        return text_number(value, 1, FETCH_RETRY_AFTER_MAX, &head->retry_after);
    if (strcmp(name, "body") == 0)
        return text_number(value, 0, (int64_t)head->limit, &head->body);
    return strcmp(name, "sign") == 0 && take_scheme(value, head);
}

static int read_head(struct io_lines *lines, deadline until, struct head *ret, struct err *err)
{
    autobuf line = {0};
    char *value;
    int rc;
    while ((rc = fetch_frame_next(lines, until, &line, &value, err)) > 0) {
        ret->timed_out = strcmp(buf_text(&line), "timeout") == 0;
        if (ret->timed_out || strcmp(buf_text(&line), "error") == 0)
            return take_error(lines, until, value, &ret->said, err);
        if (!take_line(buf_text(&line), value, ret))
            return err_set(err, ERR_BUG, "an answer with %.50s %.200s", buf_text(&line), value);
    }
    if (rc == 0 && !ret->status == !*ret->scheme)
        return err_set(err, ERR_BUG, "an answer without status");
    return rc;
}

int fetch_answer_receive(struct io_lines *lines, size_t limit, deadline until,
                         struct fetch_answer *ret, struct err *err)
{
    autobuf body = {0};
    struct head head = {.limit = limit};

    int rc = read_head(lines, until, &head, err);
    if (rc == 0)
        rc = io_bytes(lines, (size_t)head.body, until, &body, err);
    ret->timed_out = rc < 0 && head.timed_out;
    if (rc < 0)
        return head.said ? rc : err_context(err, "signet-fetch");
    *ret = (struct fetch_answer){
        .status = (int)head.status, .retry_after = head.retry_after, .body = body};
    memcpy(ret->scheme, head.scheme, sizeof ret->scheme);
    body = (struct buf){0};
    return 0;
}

int fetch_signature_receive(struct io_lines *lines, deadline until, struct buf *ret,
                            struct err *err)
{
    autobuf line = {0};
    char *value;
    int64_t len = 0;
    bool said;
    int rc;
    while ((rc = fetch_frame_next(lines, until, &line, &value, err)) > 0) {
        if (strcmp(buf_text(&line), "error") == 0)
            return take_error(lines, until, value, &said, err);
        if (strcmp(buf_text(&line), "signature") != 0 ||
            !text_number(value, 1, FETCH_SIGNATURE_MAX, &len))
            return err_set(err, ERR_BUG, "a frame with %.50s %.200s", buf_text(&line), value);
    }
    if (rc == 0 && len == 0)
        return err_set(err, ERR_BUG, "a frame without signature");
    return rc < 0 ? rc : io_bytes(lines, (size_t)len, until, ret, err);
}
