/* From profiles to the trust anchors that this machine is to have. */
#ifndef SIGNET_TRUST_WANTED_H
#define SIGNET_TRUST_WANTED_H

#include "profile/rule.h"
#include "trust/plan.h"

#define WANTED_PREFIX "signet-" /* of the names of all files that we install */

/* Does any profile want an anchor in this machine's trust store? */
bool wanted_any(const struct profile_set *set, const struct candidate *candidate);

/* The files for trusted-root profiles with `store = system` that apply here by host and by
 * platform. A trust store is the whole machine's, so users and groups do not narrow it: whoever is
 * named may sign in here. Roots for our own use and intermediates are not put there: to many
 * programs all that is in a trust store is a root. What anchor_check() refuses becomes a line in
 * RET_PROBLEMS and a file with digest "". */
int wanted_files(const struct profile_set *set, const struct candidate *candidate,
                 const char *suffix, struct plan_files *ret, struct strings *ret_problems,
                 struct err *err);

#endif
