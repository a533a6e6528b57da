/* How an entry's servers are asked, as far as an administrator has a say in it: so that whoever
 * mends that is not kept waiting for what failed before. */
#ifndef SIGNET_AGENT_SETUP_H
#define SIGNET_AGENT_SETUP_H

#include "agent/agent.h"
#include "base/sha256.h"

/* A digest, in hex, of which files say how it is done and when they were written: the profile's,
 * its root's, signet.conf, and those with secrets and keys. Nothing of what is in them, and nothing
 * that a user can change. */
int setup_digest(const struct agent *agent, const struct profile *profile, char ret[SHA256_HEX],
                 struct err *err);

#endif
