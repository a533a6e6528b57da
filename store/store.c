#include "store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define LOCK_WAIT_MS 5000 /* the lock is held for microseconds: this is a stopped process */

static const char changes[] = "changes";

static int store_accept(int fd, const char *path, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return err_errno(err, "%s", path);
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        return err_set(err, ERR_DENIED,
                       "%s: mode %04o lets others write it (chmod go-w); keys are not put there",
                       path, st.st_mode & 07777);
    return 0;
}

static int furnish(const struct store *store, struct err *err)
{
    static const char *const folders[] = {"anchors", "device", "users"};
    for (size_t i = 0; i < LENGTH(folders); i++) {
        autoclose int fd = -1;
        int rc = folder_open(store->fd, folders[i], true, &fd, err);
        if (rc < 0)
            return rc;
    }
    /* A power cut takes its bytes when they were new. */
    struct stat st;
    bool whole = fstatat(store->fd, changes, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                 S_ISREG(st.st_mode) && st.st_size == sizeof(uint64_t);
    return whole ? 0 : store_bump(store, err);
}

int store_open(const char *path, bool create, struct store *ret, struct err *err)
{
    CLEANUP(store_close) struct store store = {0};
    int rc = create ? fs_make_dir(path, 0700, err) : 0;
    if (rc < 0)
        return rc;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return err_set(err, ERR_CONFIG, "%s: there is no store", path);
    if (fd < 0)
        return err_errno(err, "%s", path);
    store = (struct store){.fd = fd, .path = strdup(path)};
    if (!store.path) {
        close(fd);
        return err_memory(err);
    }

    rc = store_accept(fd, path, err);
    if (rc == 0 && create && (rc = furnish(&store, err)) < 0)
        err_context(err, "%s", path);
    if (rc < 0)
        return rc;
    *ret = store;
    store = (struct store){0};
    return 0;
}

void store_close(struct store *store)
{
    if (store->path)
        close(store->fd);
    free(store->path);
    *store = (struct store){0};
}

int store_lock(const struct store *store, int *ret_fd, struct err *err)
{
    /* Opened anew: forked processes share store->fd, and with it a lock would be shared too. */
    autoclose int fd = openat(store->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(err, "%s", store->path);
    int rc = fs_lock(fd, deadline_in(LOCK_WAIT_MS), err);
    if (rc < 0)
        return err_context(err, "%s", store->path);
    *ret_fd = steal_fd(&fd);
    return 0;
}

static int changes_open(const struct store *store, int flags, int *ret_fd, struct err *err)
{
    autoclose int fd =
        openat(store->fd, changes, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
    if (fd < 0 && errno == ENOENT)
        return err_set(err, ERR_CONFIG, "%s/%s: no such file", store->path, changes);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_errno(err, "%s/%s", store->path, changes);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_CONFIG, "%s/%s: not a regular file", store->path, changes);
    *ret_fd = steal_fd(&fd);
    return 0;
}

/* A new or damaged counter begins at the time: higher than whatever it stood at before. */
static uint64_t next_value(const void *old, ssize_t len)
{
    uint64_t value;
    if (len < (ssize_t)sizeof value)
        return (uint64_t)clock_now() << 20;
    memcpy(&value, old, sizeof value);
    return value + 1;
}

static bool write_value(int fd, uint64_t value)
{
    const char *bytes = (const char *)&value;
    size_t done = 0;
    while (done < sizeof value) {
        ssize_t n = pwrite(fd, bytes + done, sizeof value - done, (off_t)done);
        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

int store_bump(const struct store *store, struct err *err)
{
    autoclose int lock = -1, fd = -1;
    int rc = store_lock(store, &lock, err);
    if (rc == 0)
        rc = changes_open(store, O_RDWR | O_CREAT, &fd, err);
    if (rc < 0)
        return rc;

    /* Written in place: clients hold descriptors of this very file. Not fsynced: nobody who saw the
     * value before a power cut is there to compare it with the one after. */
    uint64_t value;
    ssize_t len = pread(fd, &value, sizeof value, 0);
    if (len < 0)
        return err_errno(err, "read %s/%s", store->path, changes);
    return write_value(fd, next_value(&value, len))
               ? 0
               : err_errno(err, "write %s/%s", store->path, changes);
}

int store_changes_fd(const struct store *store, int *ret_fd, struct err *err)
{
    return changes_open(store, O_RDONLY, ret_fd, err);
}
