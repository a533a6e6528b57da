/* UTF-8 (RFC 3629), one character at a time. */
#ifndef SIGNET_BASE_UTF8_H
#define SIGNET_BASE_UTF8_H

#include <stddef.h>

/* Bytes of the well-formed character that begins at DATA, of which LEN bytes are there; 0 when none
 * does: overlong forms, surrogates, what is past U+10FFFF, and a zero byte are not well-formed
 * here. */
size_t utf8_length(const char *data, size_t len);

#endif
