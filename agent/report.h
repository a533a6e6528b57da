/* What there is for an owner, and why not: the list of ENTRY objects of PROTOCOL.md. */
#ifndef SIGNET_AGENT_REPORT_H
#define SIGNET_AGENT_REPORT_H

#include "agent/agent.h"
#include "base/json.h"

/* Does conf.d have a profile of this name, with or without a fault? */
bool report_knows(const struct agent *agent, const char *profile);

/* Appends to LIST the ENTRY of every profile that applies to the owner or has an entry. With
 * PROFILE only that one, even where it does not apply; nothing when nobody knows of such a profile
 * or entry. CERTIFICATES adds the PEM. */
int report_owner(const struct agent *agent, const struct owner *owner, const char *profile,
                 bool certificates, json_t *list, struct err *err);

#endif
