#include "base/buf.h"

#include <stdio.h>
#include <string.h>

void buf_free(struct buf *buf)
{
    if (buf->data)
        explicit_bzero(buf->data, buf->size);
    free(buf->data);
    *buf = (struct buf){0};
}

void buf_clear(struct buf *buf)
{
    if (buf->data)
        explicit_bzero(buf->data, buf->size);
    buf->len = 0;
}

int buf_reserve(struct buf *buf, size_t more, struct err *err)
{
    if (more >= BUF_MAX || buf->len + more >= BUF_MAX)
        return err_set(err, ERR_RESOURCE, "more than %u bytes in one buffer", BUF_MAX);

    size_t need = buf->len + more + 1;
    if (need <= buf->size)
        return 0;

    size_t size = buf->size ? buf->size : 64;
    while (size < need)
        size *= 2;
    /* Not realloc(): it would leave a copy of a secret behind. */
    uint8_t *data = malloc(size);
    if (!data)
        return err_memory(err);
    if (buf->data) {
        memcpy(data, buf->data, buf->len);
        explicit_bzero(buf->data, buf->size);
        free(buf->data);
    }
    data[buf->len] = 0;
    buf->data = data;
    buf->size = size;
    return 0;
}

int buf_add(struct buf *buf, const void *data, size_t len, struct err *err)
{
    int rc = buf_reserve(buf, len, err);
    if (rc < 0)
        return rc;
    if (len)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = 0;
    return 0;
}

int buf_add_text(struct buf *buf, const char *text, struct err *err)
{
    return buf_add(buf, text, strlen(text), err);
}

int buf_printf(struct buf *buf, struct err *err, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int len = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    if (len < 0)
        return err_set(err, ERR_BUG, "format %s", format);

    int rc = buf_reserve(buf, (size_t)len, err);
    if (rc < 0)
        return rc;
    va_start(ap, format);
    vsnprintf((char *)buf->data + buf->len, (size_t)len + 1, format, ap);
    va_end(ap);
    buf->len += (size_t)len;
    return 0;
}

const char *buf_text(const struct buf *buf)
{
    return buf->data ? (const char *)buf->data : "";
}

bool buf_equal(const struct buf *a, const struct buf *b)
{
    if (a->len != b->len)
        return false;
    uint8_t difference = 0;
    for (size_t i = 0; i < a->len; i++)
        difference |= a->data[i] ^ b->data[i];
    return difference == 0;
}
