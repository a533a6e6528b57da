#include "agent/schedule.h"

#include <sys/random.h>
#include <time.h>

/* SplitMix64: turns any seed, also 1, 2, 3, into well-spread bits. */
static uint64_t mix(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* In [0, range). */
static int64_t draw(uint64_t seed, int64_t range)
{
    return range > 0 ? (int64_t)(mix(&seed) % (uint64_t)range) : 0;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t schedule_renewal(int64_t not_before, int64_t not_after, unsigned threshold, uint64_t share)
{
    int64_t lifetime = not_after > not_before ? not_after - not_before : 0;
    int64_t left = lifetime / 100 * threshold + lifetime % 100 * threshold / 100;
    return not_after - left + draw(share, smaller(left / 2, lifetime / 10));
}

int64_t schedule_rest(int64_t left)
{
    return left < 2 * SCHEDULE_FIRST_RETRY ? SCHEDULE_FIRST_RETRY : smaller(left / 2, 60 * 60);
}

int64_t schedule_late(int64_t interval, int64_t not_after, uint64_t seed, int64_t now)
{
    int64_t left = not_after > now ? not_after - now : 0;
    return now + draw(seed, smaller(interval, left / 4));
}

/* The first half of STEP passes in any case. */
static int64_t spread(int64_t step, int64_t interval, uint64_t seed, int64_t now)
{
    if (step > interval)
        step = interval;
    return now + step / 2 + draw(seed, step / 2 + 1);
}

int64_t schedule_retry(unsigned attempts, int64_t interval, uint64_t seed, int64_t now)
{
    int64_t step = SCHEDULE_FIRST_RETRY;
    for (unsigned i = 1; i < attempts && step < interval; i++)
        step *= 2;
    return spread(step, interval, seed, now);
}

int64_t schedule_poll(int64_t since, int64_t interval, int64_t every, uint64_t seed, int64_t now)
{
    if (every > 0)
        return schedule_cycle(every, seed, now);
    int64_t step = now > since ? (now - since) / 10 : 0;
    return spread(step < SCHEDULE_FIRST_RETRY ? SCHEDULE_FIRST_RETRY : step, interval, seed, now);
}

int64_t schedule_cycle(int64_t interval, uint64_t seed, int64_t now)
{
    return now + interval - interval / 10 + draw(seed, interval / 5 + 1);
}

void schedule_shuffle(struct strings *list, uint64_t seed)
{
    for (size_t i = list->n; i > 1; i--) {
        size_t j = (size_t)(mix(&seed) % i);
        char *swap = list->v[i - 1];
        list->v[i - 1] = list->v[j];
        list->v[j] = swap;
    }
}

uint64_t schedule_seed(void)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
        seed = (uint64_t)time(NULL); /* only spreads load; nothing secret hangs on it */
    return seed;
}
