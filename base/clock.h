/* Time. What decides takes the time as a parameter; only the edges ask the clock. */
#ifndef SIGNET_BASE_CLOCK_H
#define SIGNET_BASE_CLOCK_H

#include <stdint.h>

/* Seconds since 1970, UTC. */
int64_t clock_now(void);

/* A moment on the monotonic clock, in milliseconds. */
typedef int64_t deadline;

/* MS milliseconds from now. */
deadline deadline_in(int64_t ms);

/* Milliseconds that are left, 0 when it has passed; never more than fits poll(). */
int deadline_left(deadline d);

#endif
