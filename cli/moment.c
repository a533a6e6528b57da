#include "cli/moment.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define HOUR 3600
#define DAY  (24 * HOUR)

static const char *format(int64_t when, const char *how, char *ret)
{
    time_t t = (time_t)when;
    struct tm tm;
    /* Five-digit years would break every column. */
    if (!localtime_r(&t, &tm) || tm.tm_year > 9999 - 1900 || tm.tm_year < -1900 ||
        strftime(ret, MOMENT_MAX, how, &tm) == 0)
        strcpy(ret, "?");
    return ret;
}

const char *moment_date(int64_t when, char *ret)
{
    return format(when, "%Y-%m-%d", ret);
}

const char *moment_time(int64_t when, char *ret)
{
    return format(when, "%Y-%m-%d %H:%M", ret);
}

/* The unit changes where two of the larger one are reached, so that no figure is a coarse 1. */
const char *moment_span(int64_t seconds, char *ret)
{
    uint64_t s = seconds < 0 ? -(uint64_t)seconds : (uint64_t)seconds;
    if (s >= 2 * DAY)
        snprintf(ret, MOMENT_MAX, "%llu d", (unsigned long long)(s / DAY));
    else if (s >= 2 * HOUR)
        snprintf(ret, MOMENT_MAX, "%llu h", (unsigned long long)(s / HOUR));
    else if (s >= 120)
        snprintf(ret, MOMENT_MAX, "%llu min", (unsigned long long)(s / 60));
    else
        snprintf(ret, MOMENT_MAX, "%llu s", (unsigned long long)s);
    return ret;
}
