#include "base/clock.h"

#include <limits.h>
#include <time.h>

int64_t clock_now(void)
{
    return (int64_t)time(NULL);
}

bool clock_text(int64_t when, char ret[CLOCK_TEXT])
{
    const time_t seconds = (time_t)when;
    struct tm tm;
    return gmtime_r(&seconds, &tm) && strftime(ret, CLOCK_TEXT, "%Y-%m-%d %H:%M UTC", &tm) > 0;
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
