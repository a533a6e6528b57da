#include "base/text.h"

#include "base/array.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void strings_free(struct strings *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->v[i]);
    free(list->v);
    *list = (struct strings){0};
}

/* TEXT, which may be NULL for want of memory, is taken over. */
static int take(struct strings *list, char *text, struct err *err)
{
    autofree char *owned = text;
    int rc = owned ? array_room(&list->v, list->n, sizeof *list->v, err) : err_memory(err);
    if (rc == 0)
        list->v[list->n++] = steal(&owned);
    return rc;
}

int strings_add(struct strings *list, const char *text, struct err *err)
{
    return take(list, strdup(text), err);
}

int strings_add_all(struct strings *list, const struct strings *more, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < more->n; i++)
        rc = strings_add(list, more->v[i], err);
    return rc;
}

int strings_printf(struct strings *list, struct err *err, const char *format, ...)
{
    char *text = NULL;
    va_list ap;
    va_start(ap, format);
    int n = vasprintf(&text, format, ap);
    va_end(ap);
    return take(list, n < 0 ? NULL : text, err);
}

bool strings_contain(const struct strings *list, const char *text)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->v[i], text) == 0)
            return true;
    return false;
}

/* By text; of equal ones the first comes first. They are compared by where they stand. */
static int compare_places(const void *a, const void *b)
{
    char *const *x = *(char *const *const *)a, *const *y = *(char *const *const *)b;
    int order = strcmp(*x, *y);
    return order ? order : (x > y) - (x < y);
}

int strings_unite(struct strings *list, struct err *err)
{
    if (list->n < 2)
        return 0;
    autofree char ***places = calloc(list->n, sizeof *places);
    if (!places)
        return err_memory(err);
    for (size_t i = 0; i < list->n; i++)
        places[i] = &list->v[i];
    qsort(places, list->n, sizeof *places, compare_places);
    for (size_t first = 0, i = 1; i < list->n; i++)
        if (strcmp(*places[first], *places[i]) != 0) {
            first = i;
        } else {
            free(*places[i]);
            *places[i] = NULL;
        }
    size_t kept = 0;
    for (size_t i = 0; i < list->n; i++)
        if (list->v[i])
            list->v[kept++] = list->v[i];
    list->n = kept;
    return 0;
}

char *text_format(const char *format, ...)
{
    char *text = NULL;
    va_list ap;
    va_start(ap, format);
    int n = vasprintf(&text, format, ap);
    va_end(ap);
    return n < 0 ? NULL : text;
}

char *text_trim(char *text)
{
    static const char blanks[] = " \t\r\n";
    text += strspn(text, blanks);
    size_t len = strlen(text);
    while (len > 0 && strchr(blanks, text[len - 1]))
        text[--len] = 0;
    return text;
}

bool text_number(const char *text, int64_t min, int64_t max, int64_t *ret)
{
    const char *digits = *text == '-' ? text + 1 : text;
    if (!*digits || digits[strspn(digits, "0123456789")])
        return false;
    errno = 0;
    long long value = strtoll(text, NULL, 10);
    if (errno || value < min || value > max)
        return false;
    *ret = value;
    return true;
}

void text_hex(const void *data, size_t len, char *ret)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *p = data;
    for (size_t i = 0; i < len; i++) {
        *ret++ = digits[p[i] >> 4];
        *ret++ = digits[p[i] & 15];
    }
    *ret = 0;
}

int text_base64(const void *data, size_t len, struct buf *ret, struct err *err)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *p = data;
    int rc = buf_reserve(ret, (len + 2) / 3 * 4, err);

    for (size_t i = 0; rc == 0 && i < len; i += 3) {
        size_t have = len - i < 3 ? len - i : 3;
        uint32_t group = (uint32_t)p[i] << 16;
        if (have > 1)
            group |= (uint32_t)p[i + 1] << 8;
        if (have > 2)
            group |= p[i + 2];
        char quad[4] = {digits[group >> 18], digits[group >> 12 & 63],
                        have > 1 ? digits[group >> 6 & 63] : '=',
                        have > 2 ? digits[group & 63] : '='};
        rc = buf_add(ret, quad, sizeof quad, err);
    }
    return rc;
}

int text_percent(const void *data, size_t len, struct buf *ret, struct err *err)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    const uint8_t *p = data;
    int rc = buf_reserve(ret, len, err);

    for (size_t i = 0; rc == 0 && i < len; i++) {
        if (p[i] && strchr(plain, p[i]))
            rc = buf_add(ret, p + i, 1, err);
        else
            rc = buf_printf(ret, err, "%%%02X", p[i]);
    }
    return rc;
}

int text_json(const char *text, struct buf *ret, struct err *err)
{
    size_t len = strlen(text);
    int rc = buf_add(ret, "\"", 1, err);
    for (size_t n; rc == 0 && len > 0; text += n, len -= n) {
        uint32_t code = 0xfffd;
        n = utf8_next(text, len, &code);
        n = n ? n : 1;
        if (code == '"' || code == '\\')
            rc = buf_printf(ret, err, "\\%c", *text);
        else if (code >= 0x20 && code < 0x7f)
            rc = buf_add(ret, text, 1, err);
        else if (code < 0x10000)
            rc = buf_printf(ret, err, "\\u%04x", code);
        else /* two surrogates */
            rc = buf_printf(ret, err, "\\u%04x\\u%04x", 0xd7c0 + (code >> 10),
                            0xdc00 + (code & 0x3ff));
    }
    return rc < 0 ? rc : buf_add(ret, "\"", 1, err);
}

bool text_is_name(const char *text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789._-";
    size_t len = strnlen(text, TEXT_NAME_MAX + 1);
    return len > 0 && len <= TEXT_NAME_MAX && *text != '.' && strspn(text, allowed) == len;
}

bool text_is_utf8(const char *data, size_t len)
{
    uint32_t code;
    for (size_t n; len > 0; data += n, len -= n)
        if ((n = utf8_next(data, len, &code)) == 0)
            return false;
    return true;
}
