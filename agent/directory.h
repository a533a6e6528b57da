/* What the directory says about a user: SSSD's InfoPipe (sssd-ifp(5)).
 *
 * SSSD answers those only whom allowed_uids of [ifp] in sssd.conf names, and gives out only what
 * user_attributes there lists; what its domain is to fetch beyond the usual stands in
 * ldap_user_extra_attrs. */
#ifndef SIGNET_AGENT_DIRECTORY_H
#define SIGNET_AGENT_DIRECTORY_H

#include "agent/bus.h"
#include "profile/known.h"

/* The last answer. Zeroed is none. */
struct directory {
    char *user; /* whom it is about */
    int rc; /* 1: it is in VALUES; 0: no directory, or none that knows the user; negative: why */
    struct err why;
    struct known values;
};

void directory_free(struct directory *directory);

/* Everything that attribute_table has from SSSD, in one call on a bus that is open. Afterwards
 * directory_value() knows it. One who is called USER there but has another uid is somebody else: a
 * local account must not get the values of its namesake. That SSSD failed is an answer, too, and
 * every user's: who hangs for one is not asked about the next. Fails only for want of memory. */
int directory_ask(struct directory *directory, struct bus *bus, const char *user, uid_t uid,
                  deadline until, struct err *err);

/* Was it asked about this user? */
bool directory_knows(const struct directory *directory, const char *user);

/* As an attribute_ask(), from what is known, by a name as attribute_table spells it. */
int directory_value(const struct directory *directory, const char *name, struct buf *ret,
                    struct err *err);

#endif
