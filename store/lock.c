#include "store/internal.h"

#include <fcntl.h>

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Is NAME in AT still what FD is? */
static bool is_still(int at, const char *name, int fd)
{
    struct stat named, opened;
    return fstatat(at, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &opened) == 0 &&
           same_file(&named, &opened);
}

/* Does the entry's descriptor lead to what its path leads to? */
static bool is_in_place(const struct entry *entry)
{
    autoclose int owner = -1;
    return owner_open(entry->store, &entry->id.owner, false, &owner, NULL) == 0 &&
           is_still(owner, entry->id.profile, entry->fd);
}

static int lock_open(const struct entry *entry, int *ret_fd, struct err *err)
{
    autoclose int fd = openat(
        entry->fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_errno(err, "lock");
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_CONFIG, "lock: not a regular file; remove it");
    *ret_fd = steal_fd(&fd);
    return 0;
}

/* 1: locked; 0: the entry was removed while we waited, and is now open anew. */
static int lock_try(struct entry *entry, deadline until, struct err *err)
{
    autoclose int fd = -1;
    int rc = lock_open(entry, &fd, err);
    if (rc == 0 && (rc = fs_lock(fd, until, err)) < 0)
        return rc;
    if (rc == 0 && is_still(entry->fd, "lock", fd) && is_in_place(entry)) {
        entry->lock = steal_fd(&fd);
        return 1;
    }
    if (rc < 0 && is_in_place(entry))
        return rc;

    return entry_reopen(entry, err);
}

int entry_lock(struct entry *entry, deadline until, struct err *err)
{
    if (entry->lock >= 0)
        return err_set(err, ERR_BUG, "an entry is locked twice");
    int rc;
    while ((rc = lock_try(entry, until, err)) == 0)
        if (deadline_left(until) == 0)
            return err_set(err, ERR_RETRY, "the entry is being removed; try again later");
    if (rc > 0 && (rc = entry_recover(entry, err)) < 0)
        close(steal_fd(&entry->lock));
    return rc < 0 ? entry_result(entry, rc, err) : 0;
}
