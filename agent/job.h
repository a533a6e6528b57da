/* The work on one entry: take its lock, see what is due, do it, write down what came of it. A
 * process that is killed anywhere in here leaves what the next one needs to go on. */
#ifndef SIGNET_AGENT_JOB_H
#define SIGNET_AGENT_JOB_H

#include "agent/agent.h"
#include "agent/engine.h"

struct job {
    const struct agent *agent;
    const struct profile *profile; /* a SCEP profile that applies to the owner */
    struct owner owner;
    const char *user; /* the owner's name; NULL: the device */
    enum engine_mode mode;
    agent_progress *progress; /* may be NULL */
    void *context;
};

/* 0: all is well, a request that waits for the CA's approval included; ret_next is then when there
 * is something to do again (0: nothing known). An error is in the entry's state too, unless the
 * entry could not be written. */
int job_run(const struct job *job, int64_t *ret_next, struct err *err);

/* Removes an entry with its keys, once whoever works on it has ended. */
int job_remove(const struct agent *agent, const struct entry_id *id, struct err *err);

#endif
