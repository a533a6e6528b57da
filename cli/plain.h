/* Text from elsewhere on its way to a terminal. */
#ifndef SIGNET_CLI_PLAIN_H
#define SIGNET_CLI_PLAIN_H

#include "base/buf.h"

#include <stdbool.h>

/* Appends TEXT (UTF-8, or what claims to be) such that it can only be read, never obeyed:
 * characters that are not to be seen (utf8_is_hidden()) and bytes that are no UTF-8 become '?'.
 * Without UTF8 everything that is not ASCII does. */
int plain_add(const char *text, bool utf8, struct buf *ret, struct err *err);

/* Columns that a text from plain_add() takes: wide characters two, combining ones none. */
unsigned plain_width(const char *text);

/* Bytes of TEXT that fit into WIDTH columns, with whole characters only. */
size_t plain_fit(const char *text, unsigned width);

/* As plain_fit(), for the next line of TEXT: ends at a blank where there is one to end at. WIDTH 0:
 * no limit. */
size_t plain_line(const char *text, unsigned width);

#endif
