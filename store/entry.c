#include "store/internal.h"

#include <string.h>

bool entry_name_valid(const char *text)
{
    return text_is_name(text);
}

int entry_result(const struct entry *entry, int rc, struct err *err)
{
    const struct entry_id *id = &entry->id;
    if (rc < 0 && id->owner.device)
        err_context(err, "%s/device/%s", entry->store->path, id->profile);
    else if (rc < 0)
        err_context(err, "%s/users/%u/%s", entry->store->path, id->owner.uid, id->profile);
    return rc;
}

int entry_needs_lock(const struct entry *entry, struct err *err)
{
    return entry->lock >= 0 ? 0 : err_set(err, ERR_BUG, "is changed without its lock");
}

int entry_reopen(struct entry *entry, struct err *err)
{
    autoclose int owner = -1, fd = -1;
    int rc = owner_open(entry->store, &entry->id.owner, entry->create, &owner, err);
    if (rc == 0)
        rc = folder_open(owner, entry->id.profile, entry->create, &fd, err);
    if (rc < 0)
        return rc;
    if (entry->fd >= 0)
        close(entry->fd);
    entry->fd = steal_fd(&fd);
    return 0;
}

int entry_open(const struct store *store, const struct entry_id *id, bool create, struct entry *ret,
               struct err *err)
{
    struct entry entry = {.store = store, .id = *id, .fd = -1, .lock = -1, .create = create};
    if (!entry_name_valid(id->profile))
        return err_set(err, ERR_CONFIG, "%.40s: is not a name for a profile", id->profile);
    int rc = entry_reopen(&entry, err);
    if (rc < 0)
        return entry_result(&entry, rc, err);
    *ret = entry;
    return 0;
}

void entry_close(struct entry *entry)
{
    if (entry->store) {
        close(entry->fd);
        if (entry->lock >= 0)
            close(entry->lock);
    }
    *entry = (struct entry){.fd = -1, .lock = -1};
}

/* What an entry holds, in the order in which it goes: without `current`, no one sees anything of
 * the rest any more. Whose it was stands beside it, and goes with the folder: an entry that a
 * killed process left half of is still listed, and its owner's, to be removed again. */
static const char *const parts[] = {"current", "pending", "generations", "next-ca.pem",
                                    "state.json"};

/* All of it; the folder and its lock stay. */
static int clear(struct entry *entry, bool *ret_removed, struct err *err)
{
    bool removed = false;
    int rc = 0;
    pending_wipe(entry, NULL); /* what cannot be wiped is removed all the same */
    for (size_t i = 0; rc == 0 && i < LENGTH(parts); i++) {
        mode_t type = 0;
        rc = folder_type(entry->fd, parts[i], &type, err);
        if (rc < 0 || type == 0)
            continue;
        removed = true;
        rc = (type == S_IFDIR ? folder_remove : fs_remove_tree)(entry->fd, parts[i], err);
        if (rc == 0 && i == 0) /* from here on no one sees any of it */
            rc = fs_sync_dir(entry->fd, err);
    }
    if (rc == 0 && removed)
        rc = fs_sync_dir(entry->fd, err);
    *ret_removed = removed;
    return rc;
}

static int remove_all(struct entry *entry, int owner, struct err *err)
{
    bool removed;
    int rc = clear(entry, &removed, err);
    if (rc == 0)
        rc = fs_remove_tree(owner, entry->id.profile, err);
    if (rc == 0)
        rc = fs_sync_dir(owner, err);
    return rc;
}

bool entry_is_empty(const struct entry *entry)
{
    mode_t type = 0;
    for (size_t i = 0; i < LENGTH(parts); i++)
        if (folder_type(entry->fd, parts[i], &type, NULL) < 0 || type != 0)
            return false;
    return true;
}

int entry_belongs(const struct entry *entry, const char *owner, struct err *err)
{
    CLEANUP(entry_access_free) struct entry_access access = {0};
    if (entry->id.owner.device)
        return 1;
    int rc = entry_access_get(entry, &access, err);
    if (rc < 0)
        return rc == -ERR_CONFIG ? 0 : rc; /* CONFIG is damage */
    return access.owner && strcmp(access.owner, owner) == 0;
}

int entry_claim(struct entry *entry, const char *owner, bool *ret_removed, struct err *err)
{
    static const struct strings nobody = {0};
    *ret_removed = false;
    int rc = entry_needs_lock(entry, err);
    if (rc < 0)
        return entry_result(entry, rc, err);
    rc = entry_belongs(entry, owner, err);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    rc = clear(entry, ret_removed, err);
    return rc == 0 ? entry_access_put(entry, owner, &nobody, err) : entry_result(entry, rc, err);
}

bool entry_is_gone(const struct entry *entry)
{
    struct stat st;
    return fstat(entry->fd, &st) == 0 && st.st_nlink == 0;
}

int entry_remove(struct entry *entry, struct err *err)
{
    autoclose int owner = -1;
    int rc = entry_needs_lock(entry, err);
    if (rc == 0)
        rc = owner_open(entry->store, &entry->id.owner, false, &owner, err);
    if (rc == 0)
        rc = remove_all(entry, owner, err);
    return rc == 0 ? store_bump(entry->store, err) : entry_result(entry, rc, err);
}
