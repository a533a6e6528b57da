/* The system bus, asked under a deadline that nothing gets past: not a socket that accepts and says
 * nothing, not a service that is being started, not one that hangs. */
#ifndef SIGNET_AGENT_BUS_H
#define SIGNET_AGENT_BUS_H

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/err.h"

#include <stdbool.h>
#include <systemd/sd-bus.h>

#define autobusmessage CLEANUP(bus_message_free) sd_bus_message

/* A connection, made when it is first needed. One that failed stays so: it has cost its deadline.
 * Zeroed is untried. */
struct bus {
    sd_bus *connection;
    int rc; /* 1: there; 0: no bus on this machine, or untried; negative: why */
    bool tried;
    struct err why;
};

void bus_close(struct bus *bus);

/* NULL is nothing. */
void bus_message_free(sd_bus_message **message);

/* Connects to ADDRESS (D-Bus specification, "Server Addresses") if need be. Returns 1; 0 when this
 * machine has no bus there; RETRY when there is one that does not answer. */
int bus_open(struct bus *bus, const char *address, deadline until, struct err *err);

/* The service behind a name on the bus. */
struct bus_service {
    const char *name, *path, *interface;
    const char *denied; /* what to do when it does not want to answer; NULL: nothing known */
};

/* A call of METHOD to append the arguments to. */
int bus_prepare(struct bus *bus, const struct bus_service *service, const char *method,
                sd_bus_message **ret, struct err *err);

/* Sends CALL and waits for the answer, which has the signature TYPES. Returns 1 and the answer; 0
 * when no such service is installed here, or it knows nothing of what it is asked about; DENIED;
 * RETRY for any other error, and at the deadline. Errors do not name the service: who asked does.
 */
int bus_call(struct bus *bus, const struct bus_service *service, sd_bus_message *call,
             const char *types, deadline until, sd_bus_message **ret, struct err *err);

/* The error of an answer that cannot be read, for those who read one: RETRY. */
int bus_garbled(struct err *err);

#endif
