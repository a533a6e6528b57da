/* Whom a profile applies to. Pure once the facts are there; rule_facts_* ask NSS. */
#ifndef SIGNET_PROFILE_RULE_H
#define SIGNET_PROFILE_RULE_H

#include "profile/profile.h"

struct rule_facts {
    const char *host; /* host name without domain; rule_facts_*() make it and `user` owned copies */
    const char *user; /* NULL: the device */
    uid_t uid;
    struct strings groups; /* names, the primary group among them */
    uid_t uid_min;         /* lowest uid of a person: UID_MIN of login.defs, else 1000 */
};

void rule_facts_free(struct rule_facts *facts);

/* Facts of the device, or of the user with this uid. An unknown uid is CONFIG; NSS that fails is
 * RETRY, and is never taken for "in no group". ROOT stands before every path of the machine's
 * (NULL: nothing does). */
int rule_facts_device(const char *root, struct rule_facts *ret, struct err *err);
int rule_facts_user(const char *root, uid_t uid, struct rule_facts *ret, struct err *err);

/* UID_MIN in the text of login.defs(5), 1000 where it says nothing. */
uid_t rule_uid_min(const char *login_defs);

/* What decided. */
struct rule_verdict {
    unsigned line;      /* of profile->file; 0: no line of it */
    const char *reason; /* a static phrase */
};

/* Does it apply? assign-users and assign-groups name people: who is in any of them is meant.
 * assign-hosts names places, and is a further condition. No line of either sort: all of them. A
 * user profile applies to users with uid >= uid_min, a device profile to the device only, a trusted
 * root to either. RET may be NULL. */
bool rule_applies(const struct profile *profile, const struct rule_facts *facts,
                  struct rule_verdict *ret);

#endif
