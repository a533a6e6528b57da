/* The daemon's sense of time: a policy cycle at the start, at every interval and when told to; in
 * between, what a back-off, a poll or a renewal makes due. Each run is a child of its own; the
 * parent keeps nothing but two moments. */
#ifndef SIGNET_AGENT_CLOCKWORK_H
#define SIGNET_AGENT_CLOCKWORK_H

#include "agent/agent.h"

#include <sys/types.h>

struct clockwork {
    struct agent *agent;
    int64_t next_cycle; /* seconds since 1970; 0: now */
    int64_t next_due;   /* the next look at what a back-off, a poll or a renewal makes due */
    int report;         /* pipe from the run under way; -1: none */
};

/* Call whenever the daemon wakes; returns the milliseconds after which it wants to be called again.
 */
int clockwork_tick(void *clockwork);

/* A new cycle at the next tick: conf.d has changed. */
void clockwork_reload(void *clockwork);

#endif
