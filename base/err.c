#include "base/err.h"

#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const class_names[] = {
    [ERR_RETRY] = "retry",       [ERR_DENIED] = "denied", [ERR_CONFIG] = "config",
    [ERR_RESOURCE] = "resource", [ERR_BUG] = "bug",
};

const char *err_class_name(enum err_class class)
{
    return class >= ERR_RETRY && class <= ERR_BUG ? class_names[class] : NULL;
}

enum err_class err_class_named(const char *name)
{
    for (enum err_class class = ERR_RETRY; class <= ERR_BUG; class ++)
        if (strcmp(class_names[class], name) == 0)
            return class;
    return 0;
}

void err_sanitise(char *text)
{
    char *out = text;
    size_t n;
    for (size_t len = strlen(text); len > 0; text += n, len -= n) {
        uint32_t code;
        n = utf8_next(text, len, &code);
        if (n > 0 && !utf8_is_hidden(code)) {
            memmove(out, text, n);
            out += n;
        } else {
            *out++ = '?';
            n = n ? n : 1;
        }
    }
    *out = 0;
}

int err_set(struct err *err, enum err_class class, const char *format, ...)
{
    if (err) {
        va_list ap;
        va_start(ap, format);
        vsnprintf(err->text, sizeof err->text, format, ap);
        va_end(ap);
        err_sanitise(err->text);
        err->class = class;
        err->at = NULL;
        err->at_len = 0;
    }
    return -(int)class;
}

int err_at(struct err *err, const char *at, size_t len)
{
    if (!err)
        return -ERR_BUG;
    err->at = at;
    err->at_len = len;
    return -(int)err->class;
}

static enum err_class class_of_errno(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
        return ERR_RESOURCE;
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:
        return ERR_DENIED;
    default:
        return ERR_RETRY;
    }
}

int err_errno(struct err *err, const char *format, ...)
{
    int number = errno;
    char text[ERR_TEXT_MAX];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    int rc = err_set(err, class_of_errno(number), "%.900s: %s", text, strerror(number));
    errno = number;
    return rc;
}

int err_memory(struct err *err)
{
    return err_set(err, ERR_RESOURCE, "out of memory");
}

int err_context(struct err *err, const char *format, ...)
{
    if (!err)
        return -ERR_BUG;

    char prefix[ERR_TEXT_MAX / 2], text[ERR_TEXT_MAX];
    va_list ap;

    va_start(ap, format);
    vsnprintf(prefix, sizeof prefix, format, ap);
    va_end(ap);
    memcpy(text, err->text, sizeof text);
    const char *at = err->at;
    size_t at_len = err->at_len;
    err_set(err, err->class, "%s: %.500s", prefix, text);
    return err_at(err, at, at_len);
}
