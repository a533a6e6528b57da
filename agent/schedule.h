/* When things happen. Pure: the same arguments give the same moment; SEED carries the chance. All
 * times are seconds since 1970. */
#ifndef SIGNET_AGENT_SCHEDULE_H
#define SIGNET_AGENT_SCHEDULE_H

#include "base/text.h"

#include <stdint.h>

/* The first retry after a failure, and the first poll of a pending request, come about this much
 * later. */
#define SCHEDULE_FIRST_RETRY 60

/* When renewal of a certificate starts: once THRESHOLD percent of its lifetime are left, and then
 * spread over a tenth of what is left, so that certificates of one hour are not renewed in one
 * hour. */
int64_t schedule_renewal(int64_t not_before, int64_t not_after, unsigned threshold, uint64_t seed);

/* When to try again after ATTEMPTS failures in a row: a minute, doubling up to INTERVAL; the second
 * half of each step is left to chance. */
int64_t schedule_retry(unsigned attempts, int64_t interval, uint64_t seed, int64_t now);

/* When to ask again about a request that waits for a person's approval since SINCE: a minute at
 * first, then a tenth of the time that it has waited, up to INTERVAL; the second half of each step
 * is left to chance. */
int64_t schedule_poll(int64_t since, int64_t interval, uint64_t seed, int64_t now);

/* The next policy cycle: INTERVAL from now, give or take a tenth. */
int64_t schedule_cycle(int64_t interval, uint64_t seed, int64_t now);

/* Puts the list into an order that SEED decides (Fisher and Yates). */
void schedule_shuffle(struct strings *list, uint64_t seed);

/* Chance for the functions above. */
uint64_t schedule_seed(void);

#endif
