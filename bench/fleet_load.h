/* What servers see of a fleet: requests per minute. */
#ifndef SIGNET_BENCH_FLEET_LOAD_H
#define SIGNET_BENCH_FLEET_LOAD_H

#include <stddef.h>
#include <stdint.h>

#define LOAD_URLS     3
#define LOAD_RENEWALS 16 /* counted apart; 0 is the first certificate */
#define LOAD_MINUTE   60
#define LOAD_HOUR     (60 * LOAD_MINUTE)
#define LOAD_DAY      (24 * (int64_t)LOAD_HOUR)

struct load {
    size_t n;                         /* minutes */
    uint32_t *all;                    /* in each */
    uint32_t *renewal[LOAD_RENEWALS]; /* those that got a certificate, by which it was */
    uint64_t url[LOAD_URLS];
    uint64_t failed;
};

/* Ends the program when memory does not do. */
void load_open(struct load *load, int64_t seconds);
void load_close(struct load *load);

struct load_summary {
    size_t first, last; /* buckets that had any */
    uint64_t total;
    double mean; /* per bucket, from the first to the last */
    uint32_t peak;
    double ratio;  /* of the peak to the mean */
    double chance; /* what that would be if each bucket were left to chance: one whose mean is 19
                      has 40 now and then */
};

/* Of COUNTS from minute FROM on to minute TO, in buckets of SIZE minutes. */
struct load_summary load_summary(const uint32_t *counts, size_t from, size_t to, size_t size);

#endif
