/* A bus of the tests' own, with stand-ins for services on it (python-dbusmock). */
#ifndef SIGNET_TESTS_AGENT_PRIVATE_BUS_H
#define SIGNET_TESTS_AGENT_PRIVATE_BUS_H

#include "tests/temp.h"

#include <sys/types.h>

struct private_bus {
    struct temp temp;
    char address[128];
    pid_t daemon, services[2];
};

/* A bus without services. */
void private_bus_open(struct private_bus *bus);
void private_bus_close(struct private_bus *bus);

/* For suites whose tests share one: a bus with a stand-in for SSSD and one for ModemManager. They
 * know no method yet. */
extern struct private_bus served_bus;
void private_bus_start(void);
void private_bus_stop(void);

/* What a method answers from now on: CODE is Python that sees `args` and sets `ret`, or raises
 * error(NAME, TEXT); TYPES is the signature of the answer. */
void private_bus_sssd(struct private_bus *bus, const char *types, const char *code);
void private_bus_modem_manager(struct private_bus *bus, const char *types, const char *code);

/* How often SSSD was asked since the last call of this. */
unsigned private_bus_sssd_calls(struct private_bus *bus);

#endif
