#include "profile/rule.h"

#include <fnmatch.h>

/* The user that stands for "none": never a person, though its uid is high. */
#define UID_NOBODY 65534

static bool any_group(const struct strings *wanted, const struct strings *groups)
{
    for (size_t i = 0; i < wanted->n; i++)
        if (strings_contain(groups, wanted->v[i]))
            return true;
    return false;
}

static bool any_host(const struct strings *globs, const char *host)
{
    for (size_t i = 0; i < globs->n; i++)
        if (fnmatch(globs->v[i], host, FNM_CASEFOLD) == 0)
            return true;
    return false;
}

/* The line that keeps it away, NULL when none does. */
static const char *excluded(const struct assignment *a, const struct rule_facts *facts)
{
    if (any_host(&a->not_hosts, facts->host))
        return "exclude-hosts names this host";
    if (facts->user && strings_contain(&a->not_users, facts->user))
        return "exclude-users names this user";
    if (facts->user && any_group(&a->not_groups, &facts->groups))
        return "exclude-groups names a group of this user";
    return NULL;
}

/* People are named by user or by group, places by host; who is named must also be in a place that
 * is. */
static const char *not_included(const struct assignment *a, const struct rule_facts *facts)
{
    if (a->hosts.n && !any_host(&a->hosts, facts->host))
        return "assign-hosts does not name this host";
    if (a->users.n + a->groups.n == 0)
        return NULL;
    if (!facts->user)
        return "assign-users and assign-groups name people, not the device";
    if (strings_contain(&a->users, facts->user) || any_group(&a->groups, &facts->groups))
        return NULL;
    return "neither assign-users nor assign-groups names this user";
}

static const char *wrong_kind(const struct profile *profile, const struct rule_facts *facts)
{
    bool person = facts->user && facts->uid >= facts->uid_min && facts->uid != UID_NOBODY;
    if (facts->user && !person)
        return "not a person's account (below UID_MIN of login.defs)";
    if (profile->kind != PROFILE_SCEP)
        return NULL;
    if (profile->scep.type == TYPE_DEVICE && facts->user)
        return "a device profile";
    if (profile->scep.type == TYPE_USER && !facts->user)
        return "a user profile";
    return NULL;
}

bool rule_applies(const struct profile *profile, const struct rule_facts *facts,
                  struct rule_verdict *ret)
{
    const char *reason = wrong_kind(profile, facts);
    if (!reason)
        reason = excluded(&profile->assignment, facts);
    if (!reason)
        reason = not_included(&profile->assignment, facts);
    if (ret)
        *ret = (struct rule_verdict){.reason = reason ? reason : "assigned"};
    return !reason;
}
