/* The work on one entry: take its lock, see what is due, do it, write down what came of it. A
 * process that is killed anywhere in here leaves what the next one needs to go on. */
#ifndef SIGNET_AGENT_JOB_H
#define SIGNET_AGENT_JOB_H

#include "agent/agent.h"
#include "agent/engine.h"

/* Longer than any request takes from its turn on: whoever holds an entry's lock is at work on the
 * same thing. */
#define JOB_LOCK_WAIT_MS 180000

struct job {
    const struct agent *agent;
    const struct profile *profile; /* a SCEP profile that applies to the owner */
    struct owner owner;
    const char *user; /* the owner's name; NULL: the device */
    enum engine_mode mode;
    enum engine_asker asker;
    bool named;               /* somebody asks for this one: that it waits for a PIN is an error */
    const struct buf *pin;    /* of its user; NULL: nobody has given one */
    agent_progress *progress; /* may be NULL */
    void *context;
};

/* 0: all is well, a request that waits for the CA's approval included; ret_next is then when there
 * is something to do again (0: nothing known). An error is in the entry's state too, unless the
 * entry could not be written, it was too early for a user to ask (RETRY), or the PIN was refused:
 * then all is as it was. */
int job_run(const struct job *job, int64_t *ret_next, struct err *err);

/* Notes in the entry, which is made where there is none, that nothing can be asked for now, and
 * why: its trusted root is not there. */
int job_block(const struct agent *agent, const struct entry_id *id, const char *user,
              const char *reason, struct err *err);

#endif
