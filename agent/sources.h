/* The services that know the values of variables (profile/attribute.h): SSSD's InfoPipe and
 * ModemManager on the system bus, and what signet-apply wrote down. */
#ifndef SIGNET_AGENT_SOURCES_H
#define SIGNET_AGENT_SOURCES_H

#include "agent/directory.h"
#include "agent/modem.h"
#include "profile/attribute.h"

/* How long one service may take for its answer, in milliseconds. */
#define SOURCES_TIMEOUT_MS 5000

/* One process's view: every service is asked once at most for one user, also when it did not
 * answer, so that one that hangs costs its deadline and not a multiple of it. The bus is opened
 * when the first variable needs it. */
struct sources {
    const char *root; /* before every path; "" for none */
    const char *run;  /* folder of facts.json */
    const char *bus;  /* address of the system bus; NULL: DBUS_SYSTEM_BUS_ADDRESS, or the socket
                         below ROOT */
    int64_t timeout_ms;

    struct bus connection;
    struct directory directory;
    struct modem modem;
    struct known known; /* of commands */
};

/* An attribute_ask; CONTEXT is a struct sources. */
attribute_ask sources_ask;

/* Forgets all answers and hangs up. */
void sources_free(struct sources *sources);

#endif
