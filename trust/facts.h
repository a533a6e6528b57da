/* Facts about the machine that only root may read, for the agent. */
#ifndef SIGNET_TRUST_FACTS_H
#define SIGNET_TRUST_FACTS_H

#include "base/buf.h"

/* Writes RUN/facts.json, one object; a member is absent when the machine has no such thing:
 *   serialNumber   of the machine, from ROOT/sys/class/dmi/id/product_serial
 * Mode 0640, group `signet` if there is one. RUN is made when missing (0755), but not what is above
 * it. */
int facts_write(const char *root, const char *run, struct err *err);

/* The text of facts.json, with a newline at its end. SERIAL as the firmware gives it. */
int facts_print(const char *serial, struct buf *ret, struct err *err);

#endif
