/* What every part of the agent works with. */
#ifndef SIGNET_AGENT_AGENT_H
#define SIGNET_AGENT_AGENT_H

#include "profile/rule.h"
#include "store/entry.h"

struct sources; /* agent/sources.h */

/* Opened once per process: a daemon's children each read the profiles anew. */
struct agent {
    const char *conf;  /* folder of signet.conf and conf.d; NULL: the machine's */
    const char *fetch; /* path of signet-fetch */
    const char *root;  /* before every path of the machine's, such as /sys/class/dmi; NULL: "" */
    struct sources *sources; /* who is asked for the values of variables; NULL: nobody */
    struct store store;
    struct profile_set profiles;
};

/* Where the values of this owner's variables come from. USER is its name; not looked at for the
 * device. */
struct attributes agent_attributes(const struct agent *agent, const struct owner *owner,
                                   const char *user);

/* What decides which profiles apply to this owner: asks NSS. */
int agent_facts(const struct agent *agent, const struct owner *owner, struct rule_facts *ret,
                struct err *err);

/* Is the profile's trusted root there for the same owner? Without it the profile does not start: 0,
 * and why in RET_REASON, malloc'ed. */
int agent_root(const struct agent *agent, const struct profile *profile,
               const struct rule_facts *facts, char **ret_reason, struct err *err);

/* "FILE:LINE: why" a rule decided so, for people. Malloc'ed; NULL when out of memory. */
char *agent_verdict(const struct profile *profile, const struct rule_verdict *verdict);

/* Told to whoever waits: one line for a person. */
typedef void agent_progress(void *context, const char *text);

#endif
