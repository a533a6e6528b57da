#include "base/clock.h"

#include <limits.h>
#include <time.h>

int64_t clock_now(void)
{
    return (int64_t)time(NULL);
}

static int64_t monotonic_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

deadline deadline_in(int64_t ms)
{
    return monotonic_ms() + ms;
}

int deadline_left(deadline d)
{
    int64_t left = d - monotonic_ms();
    return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}
