/* Entries that come to their end: because no profile asks for them any more, because somebody says
 * so, or because their uid is another user's now. */
#ifndef SIGNET_AGENT_REMOVAL_H
#define SIGNET_AGENT_REMOVAL_H

#include "agent/agent.h"

/* For how long it is told what was removed, and why, in seconds. */
#define REMOVAL_TOLD (30 * 86400)

/* Removes an entry with its keys, once whoever works on it has ended. REASON is noted for those who
 * ask. What is not there is CONFIG. */
int removal_run(const struct agent *agent, const struct entry_id *id, const char *reason,
                struct err *err);

/* Is there anything to remove? */
bool removal_has(const struct agent *agent, const struct entry_id *id);

/* Removes the entry if it is not USER's by name (NULL: the device's), and says so in the log:
 * nothing of it is the new user's business. What is not there is no error. */
int removal_of_others(const struct agent *agent, const struct entry_id *id, const char *user,
                      struct err *err);

/* The same for an entry that is open and locked, of which the new user's begins. */
int removal_claim(struct entry *entry, const char *user, struct err *err);

/* What was removed from this owner, called USER (NULL: the device): 0, or CONFIG for nothing that
 * could be told. */
int removal_read(const struct agent *agent, const struct entry_id *id, const char *user,
                 struct removed *ret, struct err *err);

/* Forgets what was told for long enough, has an entry again, or cannot be read. */
int removal_forget(const struct agent *agent, int64_t now, struct err *err);

#endif
