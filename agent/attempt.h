/* One certificate being asked for: key, request, answer, and what is written down of each step, so
 * that whoever comes after a crash goes on with the same transaction. */
#ifndef SIGNET_AGENT_ATTEMPT_H
#define SIGNET_AGENT_ATTEMPT_H

#include "agent/kept.h"
#include "agent/transport.h"
#include "agent/view.h"

struct job; /* agent/job.h */

struct attempt {
    const struct job *job;
    struct entry *entry; /* locked */
    struct view *view;
    const struct request *request;
    enum engine_action action; /* any but ACTION_NONE */

    struct route route;
    int turn; /* store_turn(); -1: none yet */
    struct transport transport;
    unsigned installed; /* the generation that came of it; 0: none yet */
    int64_t key_ms;
    int64_t challenge_ms; /* until its source had given it */
    bool challenge_missing;
    struct kept kept;      /* the challenge, where it is good for one use */
    bool called, answered; /* any server; with any HTTP status */
    int status;            /* of the last call; 0: no answer */
    /* Seconds for which its server wants to be left alone; 0: it says nothing. */
    int64_t retry_after;
    bool refused;     /* the CA has said no */
    bool unreached;   /* none of the servers said anything */
    bool unmet;       /* there is no request to make */
    bool in_tpm;      /* the key */
    bool pin_refused; /* nothing was asked, and nothing of it is to be written */
};

/* Asks, and puts what comes of it into the entry. What comes of a failure is the caller's to write:
 * attempt_fail(). */
int attempt_make(struct attempt *attempt, struct err *err);

/* Writes the state after EVENT. */
int attempt_write(struct attempt *attempt, enum engine_event event, const char *reason,
                  struct err *err);

/* Writes FAILURE into the state. That this fails too, on a full disk for one, must not hide the
 * first fault: the text then tells of both. */
void attempt_fail(struct attempt *attempt, struct err *failure);

/* A line for who waits. */
void attempt_say(const struct attempt *attempt, const char *text);

/* Lets go of what attempt_make() started. */
void attempt_end(struct attempt *attempt);

#endif
