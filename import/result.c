#include "import/result.h"

#include "base/array.h"

#include <stdio.h>
#include <string.h>

#define HEADER_MAX 80

static const char *const kinds[] = {[IMPORT_NOTE] = "note",
                                    [IMPORT_FAULT] = "fault",
                                    [IMPORT_CONF] = "conf",
                                    [IMPORT_ANCHOR] = "anchor",
                                    [IMPORT_SECRET] = "secret"};

void import_result_free(struct import_result *result)
{
    for (size_t i = 0; i < result->n; i++)
        buf_free(&result->v[i].data);
    free(result->v);
    *result = (struct import_result){0};
}

int import_result_add(struct import_result *result, enum import_kind kind, const char *name,
                      const void *data, size_t len, struct err *err)
{
    int rc = array_room(&result->v, result->n, sizeof *result->v, err);
    if (rc < 0)
        return rc;
    struct import_item *item = &result->v[result->n];
    item->kind = kind;
    snprintf(item->name, sizeof item->name, "%s", name);
    rc = buf_add(&item->data, data, len, err);
    if (rc == 0)
        result->n++;
    return rc;
}

int import_result_line(struct import_result *result, enum import_kind kind, const char *name,
                       const char *property, struct err *err, const char *format, ...)
{
    char text[ERR_TEXT_MAX], line[2 * ERR_TEXT_MAX];
    if (result->lines > IMPORT_LINES_MAX)
        return 0;
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    if (result->lines++ == IMPORT_LINES_MAX)
        snprintf(line, sizeof line, "more than %d such lines; the others are left out",
                 IMPORT_LINES_MAX);
    else
        snprintf(line, sizeof line, "%s%s%.200s%s%s", name ? name : "", name ? ": " : "",
                 property ? property : "", property ? ": " : "", text);
    err_sanitise(line);
    return import_result_add(result, kind, "", line, strlen(line), err);
}

size_t import_result_count(const struct import_result *result, enum import_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < result->n; i++)
        n += result->v[i].kind == kind;
    return n;
}

static int encode(const char *kind, const char *name, const void *data, size_t len, struct buf *ret,
                  struct err *err)
{
    int rc = buf_printf(ret, err, "%s %s %zu\n", kind, *name ? name : "-", len);
    if (rc == 0)
        rc = buf_add(ret, data, len, err);
    return rc < 0 ? rc : buf_add(ret, "\n", 1, err);
}

int import_result_encode(const struct import_result *result, struct buf *ret, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < result->n; i++) {
        const struct import_item *item = &result->v[i];
        rc = encode(kinds[item->kind], item->name, item->data.data, item->data.len, ret, err);
    }
    return rc < 0 ? rc : encode("end", "", NULL, 0, ret, err);
}

int import_error_encode(const struct err *why, struct buf *ret, struct err *err)
{
    return encode(err_class_name(why->class), "", why->text, strlen(why->text), ret, err);
}

static int broken(struct err *err)
{
    return err_set(err, ERR_BUG, "signet-import: an answer that is not of its form");
}

/* One record: its head in KIND and NAME, its data from DATA. Returns what follows it, NULL when it
 * is none. */
static const char *next_record(const char *p, const char *end, char *kind, char *name,
                               const char **data, size_t *len)
{
    char head[HEADER_MAX];
    int64_t n;
    int length_at = -1;
    const char *eol = memchr(p, '\n', (size_t)(end - p));
    if (!eol || (size_t)(eol - p) >= sizeof head)
        return NULL;
    memcpy(head, p, (size_t)(eol - p));
    head[eol - p] = 0;
    if (sscanf(head, "%15s %32s %n", kind, name, &length_at) != 2 || length_at < 0 ||
        !text_number(head + length_at, 0, BUF_MAX, &n) || n >= end - (eol + 1))
        return NULL;
    *data = eol + 1;
    *len = (size_t)n;
    return (*data)[n] == '\n' ? *data + n + 1 : NULL;
}

/* "end" and the classes of errors are the last record. */
static int last_record(const char *kind, const char *data, size_t len, struct err *err)
{
    if (strcmp(kind, "end") == 0)
        return 0;
    enum err_class class = err_class_named(kind);
    return class ? err_set(err, class, "%.*s", (int)len, data) : broken(err);
}

static int add_record(const char *kind, const char *name, const char *data, size_t len,
                      struct import_result *ret, bool *ret_known, struct err *err)
{
    bool nameless = strcmp(name, "-") == 0;
    *ret_known = false;
    for (size_t i = 0; i < LENGTH(kinds); i++) {
        if (strcmp(kind, kinds[i]) != 0)
            continue;
        *ret_known = true;
        bool line = i == IMPORT_NOTE || i == IMPORT_FAULT;
        if (nameless ? !line : !text_is_name(name))
            return broken(err);
        return import_result_add(ret, (enum import_kind)i, nameless ? "" : name, data, len, err);
    }
    return 0;
}

int import_result_decode(const struct buf *answer, struct import_result *ret, struct err *err)
{
    CLEANUP(import_result_free) struct import_result result = {0};
    const char *p = buf_text(answer), *end = p + answer->len;
    for (bool known = true; known;) {
        char kind[16], name[TEXT_NAME_MAX + 1];
        const char *data;
        size_t len;
        p = next_record(p, end, kind, name, &data, &len);
        if (!p)
            return broken(err);
        int rc = add_record(kind, name, data, len, &result, &known, err);
        if (rc == 0 && !known)
            rc = p == end ? last_record(kind, data, len, err) : broken(err);
        if (rc < 0)
            return rc;
    }
    import_result_free(ret);
    *ret = result;
    result = (struct import_result){0};
    return 0;
}
