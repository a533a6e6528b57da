/* Moments and spans for people, in local time. */
#ifndef SIGNET_CLI_MOMENT_H
#define SIGNET_CLI_MOMENT_H

#include <stdint.h>

#define MOMENT_MAX 40

/* "2025-11-23" or "2025-11-23 14:51"; "?" for what no calendar has. RET holds MOMENT_MAX bytes and
 * is returned. */
const char *moment_date(int64_t when, char *ret);
const char *moment_time(int64_t when, char *ret);

/* "364 d", "26 h", "12 min", "40 s": the size of a span of SECONDS, whatever its sign. */
const char *moment_span(int64_t seconds, char *ret);

#endif
