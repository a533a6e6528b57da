#include "store/internal.h"

#include <errno.h>
#include <fcntl.h>

int folder_open(int at, const char *name, bool create, int *ret_fd, struct err *err)
{
    if (create && mkdirat(at, name, 0700) == 0) {
        int rc = fs_sync_dir(at, err);
        if (rc < 0)
            return rc;
    } else if (create && errno != EEXIST) {
        return err_errno(err, "create %s", name);
    }
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return err_set(err, ERR_CONFIG, "%s: no such folder", name);
    if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
        return err_set(err, ERR_CONFIG, "%s: is not a folder", name);
    if (fd < 0)
        return err_errno(err, "%s", name);
    *ret_fd = fd;
    return 0;
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
