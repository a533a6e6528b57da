/* Which text may enter a certificate, a log or a terminal. */
#ifndef SIGNET_BASE_CLEAN_H
#define SIGNET_BASE_CLEAN_H

#include <stddef.h>

/* Characters in well-formed UTF-8. */
size_t clean_length(const char *data, size_t len);

/* NULL when the text is well-formed UTF-8 without control characters (C0, DEL, C1, line and
 * paragraph separators) and without the invisible characters that reorder what stands beside them
 * (U+202A-202E, U+2066-2069: a name that reads as another's). Otherwise a static phrase that says
 * what it holds. */
const char *clean_fault(const char *data, size_t len);

/* The same, and where: the offset of the character. */
const char *clean_find(const char *data, size_t len, size_t *ret_offset);

#endif
