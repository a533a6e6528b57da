/* Who and where a profile may be for: what its lines are held against. NSS and the machine say. */
#ifndef SIGNET_PROFILE_CANDIDATE_H
#define SIGNET_PROFILE_CANDIDATE_H

#include "profile/profile.h"

/* The device, or a user of it. */
struct candidate {
    const char *host; /* host name without domain; an owned copy, as `user`, of candidate_*() */
    const char *user; /* NULL: the device */
    uid_t uid;
    struct strings groups;           /* names, the primary group among them */
    uid_t uid_min;                   /* lowest uid of a person: UID_MIN of login.defs, else 1000 */
    const struct platform *platform; /* borrowed, put there by the caller; NULL: nothing is known */
};

void candidate_free(struct candidate *candidate);

/* The device, or the user with this uid. An unknown uid is CONFIG; NSS that fails is RETRY. ROOT
 * stands before every path of the machine's (NULL: nothing does). */
int candidate_device(const char *root, struct candidate *ret, struct err *err);
int candidate_user(const char *root, uid_t uid, struct candidate *ret, struct err *err);

struct rule_verdict;

/* As rule_applies(), 1 or 0, for who acts upon it. NSS tells of a user's groups what it has, also
 * when one of its services does not answer: so of every other group that a line names some service
 * has to say that there is such a group, or all of them that there is none. RETRY when one fails,
 * which is never taken for "in no group". */
int candidate_applies(const struct candidate *candidate, const struct profile *profile,
                      struct rule_verdict *ret, struct err *err);

/* What kind of machine it is, as far as lines of any profile in SET name it: without such lines no
 * file is read and no program runs. FOREIGN: ROOT is another machine's, and none runs at all.
 * Errors are those of platform_read(). */
int candidate_platform(const char *root, bool foreign, const struct profile_set *set,
                       struct platform *ret, struct err *err);

/* UID_MIN in the text of login.defs(5), 1000 where it says nothing. */
uid_t candidate_uid_min(const char *login_defs);

#endif
