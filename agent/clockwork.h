/* The daemon's sense of time: a policy cycle at the start, at every interval and when told to; in
 * between, what a back-off, a poll or a renewal makes due: agent/agenda.h decides. Each run is a
 * child of its own; the parent keeps nothing but the agenda. */
#ifndef SIGNET_AGENT_CLOCKWORK_H
#define SIGNET_AGENT_CLOCKWORK_H

#include "agent/agenda.h"
#include "agent/agent.h"

/* A step takes minutes at most, where servers are slow; what takes longer hangs. */
#define CLOCKWORK_STEP_MS (30 * 60 * 1000)

struct clockwork {
    struct agent *agent;
    struct agenda agenda;
    int report;      /* pipe from the run under way; -1: none */
    int64_t step_ms; /* for each step of a run: proc_end_after(); 0: no end */
    int listener;    /* a run closes it, so that it does not stand in the way of our successor */
    struct {
        bool open;
        int in, out;
    } hints; /* clockwork_open() */
};

/* Makes the way for clockwork_hint(). */
int clockwork_open(struct clockwork *clockwork, struct err *err);

/* In a connection's child: its work has left something that is due at WHEN (0: nothing). Else a
 * failed sign-in would be tried again whenever the daemon next looks. */
void clockwork_hint(const struct clockwork *clockwork, int64_t when);

/* Call whenever the daemon wakes; returns the milliseconds after which it wants to be called again.
 */
int clockwork_tick(void *clockwork);

/* A new cycle at the next tick: conf.d has changed. */
void clockwork_reload(void *clockwork);

#endif
