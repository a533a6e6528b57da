#include "store/internal.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>

int folder_open(int at, const char *name, bool create, int *ret_fd, struct err *err)
{
    return fs_open_dir(at, name, 0700, create, ret_fd, err);
}

int folder_remove(int at, const char *name, struct err *err)
{
    autofree char *beside = text_format("%s" NEW_SUFFIX, name);
    if (!beside)
        return err_memory(err);
    int rc = fs_remove_tree(at, beside, err);
    if (rc == 0 && renameat(at, name, at, beside) < 0)
        rc = err_errno(err, "rename %s", name);
    if (rc == 0)
        rc = fs_sync_dir(at, err);
    return rc == 0 ? fs_remove_tree(at, beside, err) : rc;
}

int folder_type(int at, const char *name, mode_t *ret, struct err *err)
{
    struct stat st = {0};
    if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
        return err_errno(err, "%s", name);
    *ret = st.st_mode & S_IFMT;
    return 0;
}

bool folder_has(int at, const char *name, mode_t type)
{
    mode_t found;
    return folder_type(at, name, &found, NULL) == 0 && found == type;
}

bool owner_same(const struct owner *a, const struct owner *b)
{
    return a->device == b->device && (a->device || a->uid == b->uid);
}

int owner_open(const struct store *store, const struct owner *owner, bool create, int *ret_fd,
               struct err *err)
{
    if (owner->device)
        return folder_open(store->fd, "device", create, ret_fd, err);

    char uid[16];
    autoclose int users = -1;
    int rc = folder_open(store->fd, "users", create, &users, err);
    if (rc < 0)
        return rc;
    snprintf(uid, sizeof uid, "%u", owner->uid);
    return folder_open(users, uid, create, ret_fd, err);
}
