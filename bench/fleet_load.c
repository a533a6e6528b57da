#include "bench/fleet_load.h"

#include <err.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint32_t *counters(size_t n)
{
    uint32_t *made = calloc(n, sizeof *made);
    if (!made)
        err(1, "%zu minutes", n);
    return made;
}

void load_open(struct load *load, int64_t seconds)
{
    *load = (struct load){.n = (size_t)(seconds / LOAD_MINUTE) + 1};
    load->all = counters(load->n);
    for (size_t i = 0; i < LOAD_RENEWALS; i++)
        load->renewal[i] = counters(load->n);
}

void load_close(struct load *load)
{
    free(load->all);
    for (size_t i = 0; i < LOAD_RENEWALS; i++)
        free(load->renewal[i]);
    memset(load, 0, sizeof *load);
}

static uint32_t sum(const uint32_t *counts, size_t from, size_t to)
{
    uint32_t all = 0;
    for (size_t i = from; i < to; i++)
        all += counts[i];
    return all;
}

struct load_summary load_summary(const uint32_t *counts, size_t from, size_t to, size_t size)
{
    struct load_summary s = {.first = SIZE_MAX};
    for (size_t b = from / size; (b + 1) * size <= to; b++) {
        uint32_t n = sum(counts, b * size, (b + 1) * size);
        if (n == 0)
            continue;
        s.first = s.first == SIZE_MAX ? b : s.first;
        s.last = b;
        s.total += n;
        s.peak = n > s.peak ? n : s.peak;
    }
    if (s.total == 0)
        return (struct load_summary){0};
    double buckets = (double)(s.last - s.first + 1);
    s.mean = (double)s.total / buckets;
    s.ratio = s.peak / s.mean;
    /* The largest of so many draws of a Poisson distribution, which is normal for such means. */
    s.chance = 1 + sqrt(2 * log(buckets) / s.mean);
    return s;
}
