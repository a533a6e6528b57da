/* The challenge for one request, from wherever the profile says. */
#ifndef SIGNET_AGENT_CHALLENGE_H
#define SIGNET_AGENT_CHALLENGE_H

#include "agent/route.h"

/* For what it is, which a command or webhook is told. All is borrowed. */
struct challenge_call {
    const struct agent *agent;
    const struct profile *profile; /* a SCEP profile */
    const struct owner *owner;
    const char *user;          /* the owner's name; NULL: the device */
    const struct route *route; /* to a server that is asked for it; NULL: straight there */
    const struct request *request;
    const char *transaction_id;
};

/* How long a program or a server may take for its answer, in milliseconds. */
#define CHALLENGE_TIMEOUT_MS 30000

/* Appends the challenge; nothing when the profile has none. Files, programs and servers are asked
 * now, each time: a password may be good for one use. Errors name the source and as whom it was
 * asked, and never a secret. */
int challenge_get(const struct challenge_call *call, struct buf *ret, struct err *err);

#endif
