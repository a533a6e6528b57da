#include "agent/webhook.h"

#include "base/json.h"

#include <string.h>

#define BLANKS " \t\r\n"

static int from_json(const struct buf *body, struct buf *ret, struct err *err)
{
    autojson *object = NULL;
    struct err quotes; /* jansson repeats what it does not understand */
    if (json_parse(buf_text(body), body->len, "", &object, &quotes) < 0)
        return err_set(err, ERR_CONFIG, "answered with what is no JSON object");
    json_t *value = json_object_get(object, "challenge");
    if (!json_is_string(value))
        return err_set(err, ERR_CONFIG, "answered with JSON that has no text \"challenge\"");
    char *text = (char *)json_string_value(value);
    int rc = buf_add(ret, text, json_string_length(value), err);
    explicit_bzero(text, json_string_length(value));
    return rc;
}

int webhook_challenge(const struct buf *body, struct buf *ret, struct err *err)
{
    const char *text = buf_text(body), *first = text + strspn(text, BLANKS);
    size_t len = body->len - (size_t)(first - text);
    if (*first == '{')
        return from_json(body, ret, err);
    while (len > 0 && strchr(BLANKS, first[len - 1]))
        len--;
    if (len == 0)
        return err_set(err, ERR_CONFIG, "answered with nothing");
    if (*first == '<' || memchr(first, '\n', len))
        return err_set(err, ERR_CONFIG,
                       "answered with neither {\"challenge\": \"...\"} nor one line of text");
    return buf_add(ret, first, len, err);
}
