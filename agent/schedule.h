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
 * spread over a tenth of its lifetime, so that certificates of one hour are not renewed in one
 * hour; over half of what is left where that is less: the other half is for trying again, also when
 * a server is down for weeks. Earlier than the threshold is not ours to begin: CAs refuse it, and
 * the profile says so.
 * SHARE is the entry's own, and stays with it from one certificate to the next. A fleet that began
 * in one hour renews, the n-th time, over n tenths of a lifetime: chance drawn anew each time would
 * widen that by the root of n only. After SCHEDULE_SHARE_KEPT certificates it renews at all times
 * (threshold 20); from then on a longer stretch would overlap with itself, and shares are drawn
 * anew, which leaves even what is even. bench/fleet shows it. */
#define SCHEDULE_SHARE_KEPT 8
int64_t schedule_renewal(int64_t not_before, int64_t not_after, unsigned threshold, uint64_t share);

/* How long a certificate that came with LEFT seconds to live is not replaced for its age: half of
 * that, a minute at least and an hour at most. One that is due when it comes (a threshold of 99, a
 * CA that dates back, a life of minutes) must not make a loop. */
int64_t schedule_rest(int64_t left);

/* When what a machine is late with (it was off, or asleep) is made up for: within INTERVAL, and
 * within a quarter of the time until NOT_AFTER. After a power cut, or on Monday morning, a whole
 * fleet is late with something in the same minute. */
int64_t schedule_late(int64_t interval, int64_t not_after, uint64_t seed, int64_t now);

/* When to try again after ATTEMPTS failures in a row: a minute, doubling up to INTERVAL; the second
 * half of each step is left to chance. */
int64_t schedule_retry(unsigned attempts, int64_t interval, uint64_t seed, int64_t now);

/* When to ask again about a request that waits for a person's approval since SINCE: a minute at
 * first, then a tenth of the time that it has waited, up to INTERVAL; the second half of each step
 * is left to chance. With EVERY, each EVERY seconds, give or take a tenth. */
int64_t schedule_poll(int64_t since, int64_t interval, int64_t every, uint64_t seed, int64_t now);

/* The next policy cycle: INTERVAL from now, give or take a tenth. */
int64_t schedule_cycle(int64_t interval, uint64_t seed, int64_t now);

/* Puts the list into an order that SEED decides (Fisher and Yates). */
void schedule_shuffle(struct strings *list, uint64_t seed);

/* Chance for the functions above. */
uint64_t schedule_seed(void);

#endif
