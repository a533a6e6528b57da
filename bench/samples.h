/* Measured values of one thing, and their median. */
#ifndef SIGNET_BENCH_SAMPLES_H
#define SIGNET_BENCH_SAMPLES_H

#include <stdint.h>
#include <stdlib.h>

#define SAMPLES_MAX 10000

struct samples {
    int64_t ns[SAMPLES_MAX];
    int n;
};

static inline void samples_add(struct samples *samples, int64_t ns)
{
    if (samples->n < SAMPLES_MAX)
        samples->ns[samples->n++] = ns;
}

static inline int samples_compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* In microseconds. Sorts. */
static inline double samples_median(struct samples *samples)
{
    if (samples->n == 0)
        return 0;
    qsort(samples->ns, (size_t)samples->n, sizeof samples->ns[0], samples_compare);
    int middle = samples->n / 2;
    int64_t other = samples->n % 2 ? samples->ns[middle] : samples->ns[middle - 1];
    return (double)(samples->ns[middle] + other) / 2 / 1000;
}

#endif
