/* Facts about the machine that only root may read, for the agent. */
#ifndef SIGNET_TRUST_FACTS_H
#define SIGNET_TRUST_FACTS_H

#include "base/buf.h"

/* Writes RUN/facts.json, one object; a member is absent when the machine has no such thing:
 *   serialNumber   of the machine, from ROOT/sys/class/dmi/id/product_serial
 *   aadDeviceId    of the registration with Entra ID, from Himmelblau's files below ROOT
 *   deviceId       of the one with Intune, from the same
 * Mode 0640, group `signet` if there is one. RUN is made when missing (0755), but not what is above
 * it. */
int facts_write(const char *root, const char *run, struct err *err);

/* The text of facts.json, with a newline at its end. FACTS ends with one that has no name; what has
 * no value is left out. */
struct facts_member {
    const char *name;
    struct buf value;
};
int facts_print(const struct facts_member *facts, struct buf *ret, struct err *err);

#endif
