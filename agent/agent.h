/* What every part of the agent works with. */
#ifndef SIGNET_AGENT_AGENT_H
#define SIGNET_AGENT_AGENT_H

#include "profile/rule.h"
#include "store/entry.h"

/* Opened once per process: a daemon's children each read the profiles anew. */
struct agent {
    const char *conf;  /* folder of signet.conf and conf.d; NULL: the machine's */
    const char *fetch; /* path of signet-fetch */
    struct store store;
    struct profile_set profiles;
};

/* Told to whoever waits: one line for a person. */
typedef void agent_progress(void *context, const char *text);

#endif
