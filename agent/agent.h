/* What every part of the agent works with. */
#ifndef SIGNET_AGENT_AGENT_H
#define SIGNET_AGENT_AGENT_H

#include "profile/rule.h"
#include "store/entry.h"

struct sources;   /* agent/sources.h */
struct transport; /* agent/transport.h */

/* Opened once per process: a daemon's children each read the profiles anew. */
struct agent {
    const char *conf;  /* folder of signet.conf and conf.d; NULL: the machine's */
    const char *fetch; /* path of signet-fetch */
    const char *root;  /* before every path of the machine's, such as /sys/class/dmi; NULL: "" */
    struct sources *sources; /* who is asked for the values of variables; NULL: nobody */
    /* A signet-fetch that was started ahead; the first that asks a SCEP server takes it. NULL:
     * none. */
    struct transport *standby;
    int64_t timeout_ms; /* of one exchange with a SCEP server; 0: TRANSPORT_TIMEOUT_MS */
    int64_t total_ms;   /* of all exchanges of an attempt; 0: TRANSPORT_TOTAL_MS */
    struct store store;
    /* agent_load() fills these. */
    struct profile_set profiles;
    struct platform platform;
    struct err platform_err; /* class 0: the platform is known */
};

/* Reads the profiles, and what their applies-to lines want to know of this machine. A machine that
 * does not tell is no failure here, but of agent_candidate(), for each owner: then nobody knows
 * what applies, and nothing is requested or removed. */
int agent_load(struct agent *agent, struct err *err);
void agent_unload(struct agent *agent);

/* Where the values of this owner's variables come from. USER is its name; not looked at for the
 * device. */
struct attributes agent_attributes(const struct agent *agent, const struct owner *owner,
                                   const char *user);

/* What decides which profiles apply to this owner: asks NSS. A user whom nobody knows is CONFIG.
 * What it knows of the machine is the agent's. */
int agent_candidate(const struct agent *agent, const struct owner *owner, struct candidate *ret,
                    struct err *err);

/* Is what the profile builds on there for the same owner: its trusted root, and the certificate
 * that its tls-certificate names? Without it the profile does not start: 0, and RET_REASON appended
 * to, why. */
int agent_ready(const struct agent *agent, const struct profile *profile, const struct owner *owner,
                const struct candidate *candidate, struct buf *ret_reason, struct err *err);

/* Told to whoever waits: one line for a person. */
typedef void agent_progress(void *context, const char *text);

/* Tells it of this profile; PROGRESS may be NULL: nobody waits. */
void agent_say(agent_progress *progress, void *context, const char *profile, const char *text);

#endif
