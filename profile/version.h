/* Versions of operating systems and kernels, compared as versions. */
#ifndef SIGNET_PROFILE_VERSION_H
#define SIGNET_PROFILE_VERSION_H

#include <stdbool.h>
#include <stddef.h>

#define VERSION_MAX 64

/* Negative, 0 or positive: A is before, the same as, or after B. The order is that of the Version
 * Format Specification (uapi-group.org), which `systemd-analyze compare-versions` tells too:
 *
 * A version is a row of numbers, words of letters, and the separators '~' '-' '^' '.'; every other
 * character counts as if it were not there. Numbers compare as numbers, however long, so that 12.9
 * is before 12.10 and 22.04 is 22.4; words compare letter by letter; a number is after a word.
 * Where the two differ in what comes next, this is the order: '~', the end, '-', '^', '.', a number
 * or word. So 1~rc1, 1, 1-1, 1^1, 1.0, 1a, 2 stand in order, 6.1.0-31-amd64 is after 6.1.0 and
 * before 6.1.1, and 12 is before 12.0: nothing is added to the shorter one. */
int version_compare(const char *a, const char *b);

/* What a profile may compare with: at most VERSION_MAX letters, digits and . - ~ ^ + _, a digit
 * first. */
bool version_valid(const char *text, size_t len);

#endif
