/* The services that know the values of variables (profile/attribute.h): SSSD's InfoPipe and
 * ModemManager on the system bus, what signet-apply wrote down, and the registration files of
 * device managements. */
#ifndef SIGNET_AGENT_SOURCES_H
#define SIGNET_AGENT_SOURCES_H

#include "profile/attribute.h"

/* How long one service may take for its answer, in milliseconds. */
#define SOURCES_TIMEOUT_MS 5000

/* One process's view: every service is asked once at most for one user, also when it did not
 * answer, so that one that hangs costs its deadline and not a multiple of it. */
struct sources {
    const char *root; /* before every path; "" for none */
    const char *run;  /* folder of facts.json */
    int64_t timeout_ms;
};

/* An attribute_ask; CONTEXT is a struct sources. */
attribute_ask sources_ask;

/* Forgets all answers and hangs up. */
void sources_free(struct sources *sources);

#endif
