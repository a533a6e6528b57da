/* Patterns of an administrator's (POSIX extended regular expressions) for text that a server sent.
 */
#ifndef SIGNET_PROFILE_PATTERN_H
#define SIGNET_PROFILE_PATTERN_H

#include "base/err.h"

#include <regex.h>

/* Compiles PATTERN, which must have a group: what the group finds is wanted. CONFIG for one that is
 * longer than 256 bytes, is none, has no group, or could take for ever (\1, {1000}{1000}). Free RET
 * with regfree(). */
int pattern_compile(const char *pattern, regex_t *ret, struct err *err);

/* What the first group finds in TEXT: 1 and where it begins and ends, 0 when there is nothing, or
 * RESOURCE. */
int pattern_find(const regex_t *pattern, const char *text, size_t *ret_begin, size_t *ret_end,
                 struct err *err);

#endif
