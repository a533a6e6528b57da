/* Users and groups of the name service, by number or by name, however long the answer is. Each
 * returns 1, 0 when there is no such one, or negative: RETRY when the name service failed, which is
 * never taken for "no such one". What RET points to lives in BUFFER. */
#ifndef SIGNET_BASE_NSS_H
#define SIGNET_BASE_NSS_H

#include "base/buf.h"

#include <grp.h>
#include <pwd.h>

int nss_user(uid_t uid, struct passwd *ret, struct buf *buffer, struct err *err);
int nss_user_named(const char *name, struct passwd *ret, struct buf *buffer, struct err *err);
int nss_group(gid_t gid, struct group *ret, struct buf *buffer, struct err *err);
int nss_group_named(const char *name, struct group *ret, struct buf *buffer, struct err *err);

/* What a person types for a user: a name, or else a uid, whether anybody has it or not. Returns 0;
 * CONFIG "no such user" for what is neither; RETRY as above. */
int nss_uid(const char *text, uid_t *ret, struct err *err);

#endif
