/* What no single key can tell: values that do not go together, within a profile and between
 * profiles. */
#ifndef SIGNET_PROFILE_CHECK_H
#define SIGNET_PROFILE_CHECK_H

#include "profile/keys.h"

/* Fills in the defaults that depend on other keys, then reports what does not go together. */
int check_scep(struct profile *profile, struct keys_reading *reading, struct err *err);

/* The challenge's keys (check_challenge.c): each must mean something, and none may be missing. */
int check_challenge(struct challenge_source *source, struct keys_reading *reading, struct err *err);

/* Is everyone whom SCEP may be for also one whom ROOT is for, on every machine? By what stands in
 * the lines, word for word: neither NSS nor this machine is asked. */
bool check_covers(const struct assignment *root, const struct assignment *scep);

#endif
