#include "pkcs11/peer.h"

#include "base/nss.h"

#include <errno.h>
#include <string.h>

#define GROUPS_MAX 65536u /* NGROUPS_MAX of Linux */

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
    char *name = peer->name ? strdup(peer->name) : NULL;
    if (peer->name && !name) {
        free(groups);
        return err_memory(err);
    }
    *ret = *peer;
    ret->groups = groups;
    ret->name = name;
    return 0;
}

void peer_free(struct peer *peer)
{
    free(peer->groups);
    free(peer->name);
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

/* 1, 0 or negative, as is_member(). */
static int is_user(const struct peer *peer, const char *name, struct err *err)
{
    struct passwd user;
    autobuf buffer = {0};
    int rc = nss_user_named(name, &user, &buffer, err);
    return rc > 0 ? user.pw_uid == peer->uid : rc;
}

static int is_member(const struct peer *peer, const char *name, struct err *err)
{
    struct group group;
    autobuf group_buffer = {0};
    int rc = nss_group_named(name, &group, &group_buffer, err);
    if (rc <= 0)
        return rc;
    if (in_group(peer, group.gr_gid))
        return 1;

    /* A process that has put off its groups, or began before the user was put in this one. */
    struct passwd user;
    autobuf user_buffer = {0};
    rc = nss_user(peer->uid, &user, &user_buffer, err);
    if (rc <= 0)
        return rc;
    if (user.pw_gid == group.gr_gid)
        return 1;
    for (char **member = group.gr_mem; *member; member++)
        if (strcmp(*member, user.pw_name) == 0)
            return 1;
    return 0;
}

int peer_is_named(struct peer *peer, const struct strings *access, struct err *err)
{
    struct err first = {0};
    for (size_t i = 0; i < access->n; i++) {
        const char *name = access->v[i];
        struct err here;
        int rc = name[0] == '@' ? is_member(peer, name + 1, &here) : is_user(peer, name, &here);
        if (rc > 0)
            return 1;
        if (rc < 0 && !first.class)
            first = here;
    }
    peer->unsure = peer->unsure || first.class;
    return first.class ? err_set(err, first.class, "%s", first.text) : 0;
}

static int learn_name(struct peer *peer, struct err *err)
{
    struct passwd user;
    autobuf buffer = {0};
    if (peer->asked)
        return peer->named < 0 ? err_set(err, (enum err_class) - peer->named,
                                         "it is not known who uid %u is", peer->uid)
                               : peer->named;
    peer->asked = true;
    peer->named = nss_user(peer->uid, &user, &buffer, err);
    if (peer->named > 0 && !(peer->name = strdup(user.pw_name)))
        peer->named = err_memory(err);
    return peer->named;
}

int peer_may_use(struct peer *peer, const struct entry *entry, struct err *err)
{
    CLEANUP(entry_access_free) struct entry_access access = {0};
    if (peer->uid == 0)
        return 1;
    int rc = entry_access_get(entry, &access, err);
    if (rc < 0)
        return rc;
    if (access.owner && peer_owns(peer, &entry->id)) {
        rc = learn_name(peer, err);
        if (rc < 0)
            return rc;
        if (rc > 0 && strcmp(peer->name, access.owner) == 0)
            return 1;
    }
    return peer_is_named(peer, &access.others, err);
}

bool peer_forget_failure(struct peer *peer)
{
    bool nameless = peer->asked && peer->named < 0, failed = nameless || peer->unsure;
    if (nameless)
        peer->asked = false;
    peer->unsure = false;
    return failed;
}
