/* pending/challenge: there only between two tries of one request. */
#include "store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static const char file[] = "challenge";

/* What a file held is not to be had from a disk's free blocks, as far as the file system writes in
 * place. */
static int wipe(int folder, struct err *err)
{
    static const char zeros[4096];
    struct stat st;
    autoclose int fd = openat(folder, file, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    /* There is none, or it is none of ours: it is removed all the same. */
    if (fd < 0 && (errno == ENOENT || errno == ELOOP || errno == EISDIR || errno == ENXIO))
        return 0;
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_errno(err, "wipe %s", file);
    if (!S_ISREG(st.st_mode))
        return 0;
    off_t left = st.st_size < STORE_FILE_MAX ? st.st_size : STORE_FILE_MAX;
    while (left > 0) {
        ssize_t n = write(fd, zeros, left < (off_t)sizeof zeros ? (size_t)left : sizeof zeros);
        if (n < 0)
            return err_errno(err, "wipe %s", file);
        left -= n;
    }
    return fdatasync(fd) < 0 ? err_errno(err, "wipe %s", file) : 0;
}

int kept_drop(const struct entry *entry, struct err *err)
{
    autoclose int folder = -1;
    mode_t type = 0;
    int rc = folder_open(entry->fd, "pending", false, &folder, err);
    if (rc < 0)
        return rc == -ERR_CONFIG ? 0 : rc;
    rc = folder_type(folder, file, &type, err);
    if (rc < 0 || type == 0)
        return rc;
    /* A disk on which nothing can be written any more must not keep it from being removed. */
    struct err unwiped;
    int wiped = wipe(folder, &unwiped);
    rc = fs_remove_tree(folder, file, err);
    if (rc == 0)
        rc = fs_sync_dir(folder, err);
    return rc < 0 || wiped == 0 ? rc : err_set(err, unwiped.class, "%s", unwiped.text);
}

int entry_kept_drop(struct entry *entry, struct err *err)
{
    int rc = entry_needs_lock(entry, err);
    return entry_result(entry, rc < 0 ? rc : kept_drop(entry, err), err);
}

int entry_kept_put(struct entry *entry, const struct buf *text, struct err *err)
{
    autoclose int folder = -1;
    int rc = entry_needs_lock(entry, err);
    if (rc == 0)
        rc = folder_open(entry->fd, "pending", false, &folder, err);
    if (rc == 0)
        rc = fs_replace(folder, file, 0600, text->data, text->len, err);
    return entry_result(entry, rc, err);
}

int entry_kept_get(const struct entry *entry, struct buf *ret, struct err *err)
{
    autoclose int folder = -1;
    int rc = folder_open(entry->fd, "pending", false, &folder, err);
    if (rc == 0)
        rc = fs_read(folder, file, STORE_FILE_MAX, ret, err);
    return entry_result(entry, rc, err);
}
