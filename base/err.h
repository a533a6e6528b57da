/* The one error convention.
 *
 * A function that can fail returns 0, or a negative code, and takes a struct err last. The error is
 * filled once, where the fault is seen; callers pass it on, or put the name of what they were doing
 * in front of it with err_context(). Outputs are untouched on failure. Libraries never log, print
 * or exit: the edges (main functions, the PKCS#11 provider, the PAM module) translate. */
#ifndef SIGNET_BASE_ERR_H
#define SIGNET_BASE_ERR_H

#include <stdarg.h>
#include <stddef.h>

/* What a caller can do about it. */
enum err_class {
    ERR_RETRY = 1, /* may go away by itself: network, a server's bad day, a lock held too long */
    ERR_DENIED,    /* the caller, or we, may not do this; trying again changes nothing */
    ERR_CONFIG,    /* an administrator has to change a file or a server's setting */
    ERR_RESOURCE,  /* memory, disk, descriptors, an input past its limit */
    ERR_BUG,       /* cannot happen */
};

#define ERR_TEXT_MAX 1024

struct err {
    enum err_class class;
    char text[ERR_TEXT_MAX]; /* one line that names the thing and says what to do; never a secret */
    /* The part of the input that is wrong; NULL: not told. Borrowed: only who holds that input may
     * look at it. */
    const char *at;
    size_t at_len;
};

/* Fills ERR (which may be NULL) and returns -CLASS. The text is sanitised, so that what
 * a hostile server says stays one line of UTF-8. */
int err_set(struct err *err, enum err_class class, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As err_set(), with ": " and strerror(errno) at the end. The class follows from errno: ENOSPC,
 * ENOMEM, EMFILE, EDQUOT and their like are RESOURCE, EACCES and EPERM are DENIED, the rest RETRY.
 * errno stays as it was. */
int err_errno(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* After err_set() by a parser: the fault lies in these LEN bytes of its input. Returns -class.
 * err_context() keeps it. */
int err_at(struct err *err, const char *at, size_t len);

/* Out of memory. */
int err_memory(struct err *err);

/* Puts "PREFIX: " in front of the text; returns -class. Without an ERR there is nothing to tell the
 * class from, and it returns -ERR_BUG: who cares for the class passes one. */
int err_context(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "retry", "denied", "config", "resource", "bug"; NULL for any other value. */
const char *err_class_name(enum err_class class);

/* The class with this name; 0 when there is none. */
enum err_class err_class_named(const char *name);

/* In place: every character that a person would not see (utf8_is_hidden()), and every byte that is
 * not part of UTF-8, becomes '?'. For text from outside on its way to a terminal, or into JSON. */
void err_sanitise(char *text);

#endif
