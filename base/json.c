#include "base/json.h"

#include <malloc.h>
#include <string.h>

#define DEPTH_MAX 16

static void wipe_and_free(void *memory)
{
    if (memory)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

void json_wipe_freed(void)
{
    json_set_alloc_funcs(malloc, wipe_and_free);
}

/* jansson recurses per level up to 2048 of its own; a request needs no more than a few. */
static bool too_deep(const char *text, size_t len)
{
    unsigned depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > DEPTH_MAX)
                return true;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return false;
}

int json_parse_any(const char *text, size_t len, const char *what, json_t **ret, struct err *err)
{
    json_error_t error;
    if (too_deep(text, len))
        return err_set(err, ERR_CONFIG, "%s: more than %d levels", what, DEPTH_MAX);
    json_t *value = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!value && !*error.text)
        return err_memory(err);
    if (!value)
        return err_set(err, ERR_CONFIG, "%s: line %d: %s", what, error.line, error.text);
    *ret = value;
    return 0;
}

int json_parse(const char *text, size_t len, const char *what, json_t **ret, struct err *err)
{
    autojson *value = NULL;
    int rc = json_parse_any(text, len, what, &value, err);
    if (rc < 0)
        return rc;
    if (!json_is_object(value))
        return err_set(err, ERR_CONFIG, "%s: not a JSON object", what);
    *ret = steal(&value);
    return 0;
}

int json_print(const json_t *value, struct buf *ret, struct err *err)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII);
    if (!text)
        return err_set(err, ERR_BUG, "a value that cannot be written as JSON");
    int rc = buf_add_text(ret, text, err);
    explicit_bzero(text, strlen(text));
    free(text);
    return rc;
}

json_t *json_line(const char *text)
{
    autofree char *copy = strdup(text);
    if (!copy)
        return NULL;
    err_sanitise(copy);
    return json_string(copy);
}

const char *json_text(const json_t *object, const char *key, const char *fallback)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : fallback;
}

int64_t json_number(const json_t *object, const char *key, int64_t fallback)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : fallback;
}

bool json_flag(const json_t *object, const char *key, bool fallback)
{
    const json_t *value = json_object_get(object, key);
    return json_is_boolean(value) ? json_is_true(value) : fallback;
}
