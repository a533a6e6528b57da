#include "pkcs11/peer.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

#define GROUPS_MAX    65536u     /* NGROUPS_MAX of Linux */
#define NSS_ENTRY_MAX (1u << 20) /* a group with more members than fit is taken for empty */

int peer_of_socket(int fd, const struct ucred *credentials, struct peer *ret, struct err *err)
{
    socklen_t size = 64 * sizeof(gid_t);
    autofree gid_t *groups = malloc(size);
    if (!groups)
        return err_memory(err);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0) {
        if (errno != ERANGE || size > GROUPS_MAX * sizeof(gid_t))
            return err_errno(err, "groups of the peer");
        free(groups);
        groups = malloc(size);
        if (!groups)
            return err_memory(err);
        if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
            return err_errno(err, "groups of the peer");
    }
    *ret = (struct peer){
        .uid = credentials->uid,
        .gid = credentials->gid,
        .n_groups = size / sizeof(gid_t),
    };
    ret->groups = steal(&groups);
    return 0;
}

int peer_copy(const struct peer *peer, struct peer *ret, struct err *err)
{
    gid_t *groups = calloc(peer->n_groups + 1, sizeof *groups);
    if (!groups)
        return err_memory(err);
    if (peer->n_groups)
        memcpy(groups, peer->groups, peer->n_groups * sizeof *groups);
    *ret = *peer;
    ret->groups = groups;
    return 0;
}

void peer_free(struct peer *peer)
{
    free(peer->groups);
    *peer = (struct peer){0};
}

bool peer_owns(const struct peer *peer, const struct entry_id *id)
{
    return peer->uid == 0 || (!id->owner.device && id->owner.uid == peer->uid);
}

static bool in_group(const struct peer *peer, gid_t gid)
{
    if (peer->gid == gid)
        return true;
    for (size_t i = 0; i < peer->n_groups; i++)
        if (peer->groups[i] == gid)
            return true;
    return false;
}

/* Calls LOOKUP with a growing buffer, as getpwnam_r and its like ask for. True when it found
 * something. */
static bool ask_nss(int (*lookup)(const void *key, void *entry, char *buffer, size_t size,
                                  bool *found),
                    const void *key, void *entry, char **buffer)
{
    for (size_t size = 4096; size <= NSS_ENTRY_MAX; size *= 4) {
        bool found = false;
        free(*buffer);
        *buffer = malloc(size);
        if (!*buffer)
            return false;
        int rc;
        do
            rc = lookup(key, entry, *buffer, size, &found);
        while (rc == EINTR);
        if (rc != ERANGE)
            return found;
    }
    return false;
}

static int lookup_user(const void *key, void *entry, char *buffer, size_t size, bool *found)
{
    struct passwd *result = NULL;
    int rc = getpwnam_r(key, entry, buffer, size, &result);
    *found = result != NULL;
    return rc;
}

static int lookup_uid(const void *key, void *entry, char *buffer, size_t size, bool *found)
{
    struct passwd *result = NULL;
    int rc = getpwuid_r(*(const uid_t *)key, entry, buffer, size, &result);
    *found = result != NULL;
    return rc;
}

static int lookup_group(const void *key, void *entry, char *buffer, size_t size, bool *found)
{
    struct group *result = NULL;
    int rc = getgrnam_r(key, entry, buffer, size, &result);
    *found = result != NULL;
    return rc;
}

static bool is_user(const struct peer *peer, const char *name)
{
    struct passwd user;
    autofree char *buffer = NULL;
    return ask_nss(lookup_user, name, &user, &buffer) && user.pw_uid == peer->uid;
}

static bool is_member(const struct peer *peer, const char *name)
{
    struct group group;
    autofree char *group_buffer = NULL;
    if (!ask_nss(lookup_group, name, &group, &group_buffer))
        return false;
    if (in_group(peer, group.gr_gid))
        return true;

    /* A process that has put off its groups, or began before the user was put in this one. */
    struct passwd user;
    autofree char *user_buffer = NULL;
    if (!ask_nss(lookup_uid, &peer->uid, &user, &user_buffer))
        return false;
    if (user.pw_gid == group.gr_gid)
        return true;
    for (char **member = group.gr_mem; *member; member++)
        if (strcmp(*member, user.pw_name) == 0)
            return true;
    return false;
}

bool peer_is_named(const struct peer *peer, const struct strings *access)
{
    for (size_t i = 0; i < access->n; i++) {
        const char *name = access->v[i];
        if (name[0] == '@' ? is_member(peer, name + 1) : is_user(peer, name))
            return true;
    }
    return false;
}
