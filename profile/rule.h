/* Whom a profile applies to. Pure once the facts are there; rule_facts_* ask NSS and the machine.
 */
#ifndef SIGNET_PROFILE_RULE_H
#define SIGNET_PROFILE_RULE_H

#include "profile/profile.h"

/* Who and where: what the lines of a profile are held against. What kind of machine it is stands in
 * struct platform. (facts.json, of which agent/sources.h knows, is no part of this: it has values
 * of variables.) */
struct rule_facts {
    const char *host; /* host name without domain; rule_facts_*() make it and `user` owned copies */
    const char *user; /* NULL: the device */
    uid_t uid;
    struct strings groups;           /* names, the primary group among them */
    uid_t uid_min;                   /* lowest uid of a person: UID_MIN of login.defs, else 1000 */
    const struct platform *platform; /* borrowed, put there by the caller; NULL: nothing is known */
};

void rule_facts_free(struct rule_facts *facts);

/* Facts of the device, or of the user with this uid. An unknown uid is CONFIG; NSS that fails is
 * RETRY, and is never taken for "in no group". ROOT stands before every path of the machine's
 * (NULL: nothing does). */
int rule_facts_device(const char *root, struct rule_facts *ret, struct err *err);
int rule_facts_user(const char *root, uid_t uid, struct rule_facts *ret, struct err *err);

/* Those facts about this machine that lines of any profile in SET name, and no others: without such
 * lines no file is read and no program runs. FOREIGN: ROOT is another machine's, and none runs at
 * all. Errors are those of platform_read(). */
int rule_facts_platform(const char *root, bool foreign, const struct profile_set *set,
                        struct platform *ret, struct err *err);

/* UID_MIN in the text of login.defs(5), 1000 where it says nothing. */
uid_t rule_uid_min(const char *login_defs);

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
bool rule_applies(const struct profile *profile, const struct rule_facts *facts,
                  struct rule_verdict *ret);

/* The same by hosts and by platform alone, as if it were about nobody: for what is the whole
 * machine's. */
bool rule_applies_here(const struct profile *profile, const struct rule_facts *facts,
                       struct rule_verdict *ret);

/* Does this line, taken alone, fit? (An exclude line that fits is one that excludes.) RET, at least
 * RULE_REASON_MAX bytes or NULL, says what it does: "names alice", "does not hold: ...". */
bool rule_fits(const struct rule *rule, const struct rule_facts *facts, char *ret);

/* Appends the verdict as a line for people: "FILE:LINE: REASON". */
int rule_explain(const struct profile *profile, const struct rule_verdict *verdict, struct buf *ret,
                 struct err *err);

#endif
