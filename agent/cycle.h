/* A policy cycle: for each owner in question, every profile that applies gets its job, and what no
 * profile asks for any more is removed. */
#ifndef SIGNET_AGENT_CYCLE_H
#define SIGNET_AGENT_CYCLE_H

#include "agent/agent.h"
#include "agent/engine.h"

struct cycle {
    const struct owner *owners; /* in this order; cycle_owners() for all that there are */
    size_t n_owners;
    const char *profile;   /* only this one; NULL: all that apply */
    enum engine_mode mode; /* ENGINE_DUE: what has an entry already */
    enum engine_asker asker;
    const struct buf *pin; /* of the owner, for this profile; NULL: none */
    int64_t step_ms; /* for asking about one owner or profile, or one job: proc_end_after(); 0: no
                        end */
    bool anchors;    /* bring the trusted roots in the store up to date too */
    agent_progress *progress; /* may be NULL */
    void *context;
};

/* The device, every user that has entries or had some lately, and EXTRA if it is not NULL.
 * Malloc'ed. */
int cycle_owners(const struct agent *agent, const struct owner *extra, struct owner **ret,
                 size_t *ret_n, struct err *err);

/* Goes through with all of it whatever fails on the way, telling the log of each failure, once; the
 * first one is the error. Of several owners those whom nobody knows are passed over. ret_next: when
 * something is due again, 0 when nothing is known. */
int cycle_run(const struct agent *agent, const struct cycle *cycle, int64_t *ret_next,
              struct err *err);

#endif
