/* UTF-8 (RFC 3629), one character at a time, and which characters are not for people to see. */
#ifndef SIGNET_BASE_UTF8_H
#define SIGNET_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the well-formed character that begins at DATA, of which LEN bytes are there, and which
 * one it is; 0, and RET_CODE untouched, when none does: overlong forms, surrogates, what is past
 * U+10FFFF, and a zero byte are not well-formed here. */
size_t utf8_next(const char *data, size_t len, uint32_t *ret_code);

/* Could the character steer a terminal, or be there without being seen? Control characters (C0,
 * DEL, C1), line and paragraph separators, what turns the direction of text, what has no width. */
bool utf8_is_hidden(uint32_t code);

#endif
