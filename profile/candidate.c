#include "profile/candidate.h"

#include "base/fs.h"
#include "base/nss.h"
#include "machine/machine.h"
#include "profile/rule.h"

#include <fcntl.h>
#include <grp.h>
#include <string.h>

#define UID_MIN_USUAL  1000
#define LOGIN_DEFS_MAX (256u * 1024)
#define GROUPS_MAX     65536 /* NGROUPS_MAX of Linux */

void candidate_free(struct candidate *candidate)
{
    free((char *)candidate->host);
    free((char *)candidate->user);
    strings_free(&candidate->groups);
    *candidate = (struct candidate){0};
}

uid_t candidate_uid_min(const char *login_defs)
{
    static const char key[] = "UID_MIN";
    for (const char *line = login_defs; *line; line += *line == '\n') {
        line += strspn(line, " \t");
        size_t len = strcspn(line, "\n");
        char number[12] = "";
        int64_t value;
        const char *p = line + sizeof key - 1;
        if (len > sizeof key && strncmp(line, key, sizeof key - 1) == 0 && strspn(p, " \t")) {
            p += strspn(p, " \t");
            size_t digits = strcspn(p, " \t\r\n");
            if (digits < sizeof number)
                memcpy(number, p, digits);
            if (text_number(number, 1, UINT32_MAX - 1, &value))
                return (uid_t)value;
        }
        line += len;
    }
    return UID_MIN_USUAL;
}

int candidate_device(const char *root, struct candidate *ret, struct err *err)
{
    CLEANUP(candidate_free) struct candidate candidate = {0};
    autobuf host = {0}, defs = {0};
    autofree char *path = text_format("%s/etc/login.defs", root ? root : "");
    int rc = path ? machine_host(&host, err) : err_memory(err);
    if (rc < 0)
        return rc;
    if (fs_read(AT_FDCWD, path, LOGIN_DEFS_MAX, &defs, NULL) < 0)
        buf_clear(&defs);
    candidate.uid_min = candidate_uid_min(buf_text(&defs));
    candidate.host = strdup(buf_text(&host));
    if (!candidate.host)
        return err_memory(err);
    candidate_free(ret);
    *ret = candidate;
    candidate = (struct candidate){0};
    return 0;
}

static int list_gids(const struct passwd *user, gid_t **ret, int *ret_n, struct err *err)
{
    for (int room = 64; room <= GROUPS_MAX; room *= 2) {
        int n = room;
        autofree gid_t *gids = calloc((size_t)room, sizeof *gids);
        if (!gids)
            return err_memory(err);
        if (getgrouplist(user->pw_name, user->pw_gid, gids, &n) >= 0) {
            *ret = steal(&gids);
            *ret_n = n;
            return 0;
        }
    }
    return err_set(err, ERR_RETRY, "%s is in more than %d groups", user->pw_name, GROUPS_MAX);
}

/* getgrouplist() asks for all groups of a user at once (initgroups), which is where a directory's
 * service has them flattened: with SSSD and winbind, a group that a group of the user's is in is
 * among them, however deep. A group's own list of members, which has no such thing, is not looked
 * at.
 *
 * It does not tell "in no other group" from "the directory is down", but the lookup of a group by
 * its number does; and a primary group without a name means that some directory did not answer,
 * too. Of a user whose groups are all known to another service nothing is looked for in the
 * directory: see candidate_applies(). */
static int list_groups(const struct passwd *user, struct strings *ret, struct err *err)
{
    autofree gid_t *gids = NULL;
    int n = 0, rc = list_gids(user, &gids, &n, err);
    for (int i = 0; rc == 0 && i < n; i++) {
        autobuf buffer = {0};
        struct group group;
        int found = nss_group(gids[i], &group, &buffer, err);
        if (found < 0)
            return found;
        if (!found && gids[i] == user->pw_gid)
            rc = err_set(err, ERR_RETRY, "%s: no name is known for the primary group %u",
                         user->pw_name, gids[i]);
        else if (found && !strings_contain(ret, group.gr_name))
            rc = strings_add(ret, group.gr_name, err);
    }
    return rc;
}

int candidate_user(const char *root, uid_t uid, struct candidate *ret, struct err *err)
{
    CLEANUP(candidate_free) struct candidate candidate = {0};
    autobuf buffer = {0};
    struct passwd user;
    int rc = candidate_device(root, &candidate, err);
    if (rc < 0)
        return rc;
    rc = nss_user(uid, &user, &buffer, err);
    if (rc == 0)
        return err_set(err, ERR_CONFIG, "no user has the uid %u", uid);
    if (rc > 0)
        rc = list_groups(&user, &candidate.groups, err);
    if (rc < 0)
        return rc;

    candidate.uid = uid;
    candidate.user = strdup(user.pw_name);
    if (!candidate.user)
        return err_memory(err);
    candidate_free(ret);
    *ret = candidate;
    candidate = (struct candidate){0};
    return 0;
}

static int groups_sure(const struct candidate *candidate, const struct strings *names,
                       struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc >= 0 && i < names->n; i++) {
        autobuf buffer = {0};
        struct group group;
        if (!strings_contain(&candidate->groups, names->v[i]))
            rc = nss_group_named(names->v[i], &group, &buffer, err);
    }
    return rc < 0 ? rc : 0;
}

int candidate_applies(const struct candidate *candidate, const struct profile *profile,
                      struct rule_verdict *ret, struct err *err)
{
    const struct assignment *assignment = &profile->assignment;
    int rc = 0;
    for (size_t i = 0; candidate->user && rc == 0 && i < assignment->n; i++)
        if (rule_forms[assignment->v[i].kind].subject == ABOUT_GROUPS)
            rc = groups_sure(candidate, &assignment->v[i].words, err);
    return rc < 0 ? rc : rule_applies(profile, candidate, ret);
}

int candidate_platform(const char *root, bool foreign, const struct profile_set *set,
                       struct platform *ret, struct err *err)
{
    unsigned wanted = foreign ? PLATFORM_FOREIGN : 0;
    for (size_t i = 0; i < set->n; i++) {
        const struct assignment *assignment = &set->v[i].assignment;
        for (size_t j = 0; j < assignment->n; j++)
            for (size_t k = 0; k < assignment->v[j].clauses.n; k++)
                wanted |= 1u << assignment->v[j].clauses.v[k].fact;
    }
    return platform_read(root, wanted, ret, err);
}
