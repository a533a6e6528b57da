/* Time. What decides takes the time as a parameter; only the edges ask the clock. */
#ifndef SIGNET_BASE_CLOCK_H
#define SIGNET_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Seconds since 1970, UTC. */
int64_t clock_now(void);

/* WHEN as people read it, "2026-11-24 14:51 UTC". False when that is beyond any calendar. */
#define CLOCK_TEXT sizeof "-2147483648-12-31 23:59 UTC"
bool clock_text(int64_t when, char ret[CLOCK_TEXT]);

/* A moment on the monotonic clock, in milliseconds. */
typedef int64_t deadline;

/* MS milliseconds from now. */
deadline deadline_in(int64_t ms);

/* Milliseconds that are left, 0 when it has passed; never more than fits poll(). */
int deadline_left(deadline d);

#endif
