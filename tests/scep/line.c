#include "tests/scep/line.h"

#include <check.h>
#include <ctype.h>
#include <string.h>

/* The value of a query's parameter, percent-decoded. */
static void parameter(const char *url, const char *name, struct buf *ret)
{
    autofree char *key = text_format("%s=", name);
    const char *at = strchr(url, '?');
    ck_assert_ptr_nonnull(at);
    while (at && strncmp(at + 1, key, strlen(key)) != 0)
        at = strchr(at + 1, '&');
    for (at = at ? at + 1 + strlen(key) : ""; *at && *at != '&'; at++) {
        unsigned byte = (unsigned char)*at;
        if (*at == '%') {
            ck_assert_int_eq(sscanf(at, "%%%2x", &byte), 1);
            at += 2;
        } else {
            ck_assert_msg(isalnum(*at) || strchr("-._~", *at), "unescaped: %s", url);
        }
        ck_assert_int_eq(buf_add(ret, &(uint8_t){(uint8_t)byte}, 1, NULL), 0);
    }
}

static void note(struct line *line, const char *operation)
{
    static const struct {
        const char *name, *shown;
    } names[] = {{"GetCACaps", "caps"},
                 {"GetCACert", "cacert"},
                 {"GetNextCACert", "next"},
                 {"PKIOperation", "pki"}};
    for (size_t i = 0; i < LENGTH(names); i++)
        if (strcmp(names[i].name, operation) == 0)
            ck_assert_int_eq(
                buf_printf(&line->log, NULL, "%s%s", line->log.len ? " " : "", names[i].shown), 0);
    if (strcmp(operation, "PKIOperation") == 0)
        ck_assert_int_eq(buf_printf(&line->log, NULL, "(%s)", ca_last(line->ca)), 0);
}

int line_call(void *context, const struct scep_http *call, struct scep_answer *ret, struct err *err)
{
    struct line *line = context;
    if (line->dead_host && strstr(call->url, line->dead_host)) {
        buf_printf(&line->log, NULL, "%sdead", line->log.len ? " " : "");
        return err_set(err, ERR_RETRY, "connection refused");
    }
    autobuf operation = {0}, text = {0}, message = {0};
    parameter(call->url, "operation", &operation);
    parameter(call->url, "message", &text);
    if (call->body) {
        ck_assert_str_eq(call->content_type, "application/x-pki-message");
        ck_assert_int_eq(buf_add(&message, call->body->data, call->body->len, NULL), 0);
    } else if (strcmp(buf_text(&operation), "PKIOperation") == 0) {
        ck_assert(ca_decode(buf_text(&text), &message));
    }
    struct ca_answer answer;
    ca_respond(line->ca, buf_text(&operation), &message, call->body, &answer);
    note(line, buf_text(&operation));
    *ret = (struct scep_answer){.status = answer.status, .body = answer.body};
    if (line->cut && strcmp(buf_text(&operation), "PKIOperation") == 0 && line->cut < ret->body.len)
        ret->body.len = line->cut;
    if (answer.delivery == CA_WHOLE)
        return 0;
    buf_free(&ret->body);
    *ret = (struct scep_answer){.timed_out = answer.delivery == CA_HANG};
    return err_set(err, ERR_RETRY, "%s",
                   answer.delivery == CA_HANG    ? "timed out"
                   : answer.delivery == CA_CLOSE ? "connection closed"
                                                 : "connection cut off");
}

int line_challenge(void *context, struct buf *ret, struct err *err)
{
    struct line *line = context;
    line->challenges++;
    buf_printf(&line->log, NULL, "%schallenge", line->log.len ? " " : "");
    return line->challenge ? buf_add_text(ret, line->challenge, err)
                           : err_set(err, ERR_DENIED, "challenge: not for us");
}

void line_progress(void *context, const char *text)
{
    struct line *line = context;
    buf_printf(&line->said, NULL, "%s\n", text);
}

void line_free(struct line *line)
{
    buf_free(&line->log);
    buf_free(&line->said);
}
