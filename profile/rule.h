/* Whom a profile applies to: its lines, held against a candidate. Pure. */
#ifndef SIGNET_PROFILE_RULE_H
#define SIGNET_PROFILE_RULE_H

#include "profile/candidate.h"
#include "profile/profile.h"

#define RULE_REASON_MAX 256

/* What decided. */
struct rule_verdict {
    unsigned line;                /* of profile->file; 0: no line of it */
    char reason[RULE_REASON_MAX]; /* one line without the place: "assign-users does not name bob" */
};

/* Does it apply? A line that excludes decides, wherever it stands. Otherwise, of the lines of each
 * of these sorts, if there are any, one must fit: assign-hosts; applies-to, all clauses of which
 * hold; assign-users and assign-groups together, which fit people only. A user profile applies to
 * users with uid >= uid_min, a device profile to the device only, a trusted root to either.
 *
 * Users and groups are named exactly as NSS gives them, letter by letter: where a directory says
 * CONTOSO\alice or alice@contoso.com, that is the name, and alice another's. RET may be NULL. */
bool rule_applies(const struct profile *profile, const struct candidate *candidate,
                  struct rule_verdict *ret);

/* The same by hosts and by platform alone, as if it were about nobody: for what is the whole
 * machine's. */
bool rule_applies_here(const struct profile *profile, const struct candidate *candidate,
                       struct rule_verdict *ret);

/* Does this line, taken alone, fit? (An exclude line that fits is one that excludes.) RET, at least
 * RULE_REASON_MAX bytes or NULL, says what it does: "names alice", "does not hold: ...". */
bool rule_fits(const struct rule *rule, const struct candidate *candidate, char *ret);

/* Appends the verdict as a line for people: "FILE:LINE: REASON". */
int rule_explain(const struct profile *profile, const struct rule_verdict *verdict, struct buf *ret,
                 struct err *err);

#endif
