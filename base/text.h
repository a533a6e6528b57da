/* Encodings and small string helpers, libc only. */
#ifndef SIGNET_BASE_TEXT_H
#define SIGNET_BASE_TEXT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* A list of owned strings. Zeroed is empty. */
struct strings {
    char **v;
    size_t n;
};

void strings_free(struct strings *list);
int strings_add(struct strings *list, const char *text, struct err *err);
int strings_add_all(struct strings *list, const struct strings *more, struct err *err);
int strings_printf(struct strings *list, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool strings_contain(const struct strings *list, const char *text);

/* Leaves each text once, where it stood first: for lists too long to ask strings_contain() at every
 * step. */
int strings_unite(struct strings *list, struct err *err);

/* A formatted copy for the caller to free; NULL when out of memory. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Cuts blanks (space, tab, CR, LF) at both ends, in place; returns where the text now begins. */
char *text_trim(char *text);

/* A whole decimal number in [min, max], nothing before or behind it. */
bool text_number(const char *text, int64_t min, int64_t max, int64_t *ret);

/* Lower-case hex. RET holds 2 * len + 1 bytes. */
void text_hex(const void *data, size_t len, char *ret);

/* Appends with + / and =, no line breaks (RFC 4648 section 4). */
int text_base64(const void *data, size_t len, struct buf *ret, struct err *err);

/* Appends, with every byte but A-Z a-z 0-9 - . _ ~ percent-escaped (RFC 3986 section 2.1). */
int text_percent(const void *data, size_t len, struct buf *ret, struct err *err);

/* Appends a JSON string with its quotes, in ASCII (RFC 8259 section 7). A byte that is not part of
 * UTF-8 becomes U+FFFD. */
int text_json(const char *text, struct buf *ret, struct err *err);

/* The name of a profile, which is also that of a folder, and a label in PKCS#11: 1 to TEXT_NAME_MAX
 * letters, digits, '.', '_' and '-', of which the first is no '.'. */
#define TEXT_NAME_MAX 32
bool text_is_name(const char *text);

/* Well-formed UTF-8 without surrogates, overlong forms or zero bytes? */
bool text_is_utf8(const char *data, size_t len);

#endif
