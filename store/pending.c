/* pending/: the key of a request under way and, where there are such, the key that signs the
 * messages about it and a challenge that no CA has seen. */
#include "store/internal.h"

#include <errno.h>
#include <fcntl.h>

#define KEY       "key.pem"
#define SIGNER    "signer.pem"
#define CHALLENGE "challenge"

/* Only the key's begins a request: the others need one that is under way. */
static int put(struct entry *entry, const char *file, bool begins, const struct buf *text,
               struct err *err)
{
    autoclose int folder = -1;
    int rc = folder_open(entry->fd, "pending", begins, &folder, err);
    return rc < 0 ? rc : fs_replace(folder, file, 0600, text->data, text->len, err);
}

static int get(const struct entry *entry, const char *file, struct buf *ret, struct err *err)
{
    autoclose int folder = -1;
    int rc = folder_open(entry->fd, "pending", false, &folder, err);
    return rc < 0 ? rc : fs_read(folder, file, STORE_FILE_MAX, ret, err);
}

/* What a file held is not to be had from a disk's free blocks, as far as the file system writes in
 * place. */
static int wipe(int folder, const char *file, struct err *err)
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
    size_t left = st.st_size < STORE_FILE_MAX ? (size_t)st.st_size : STORE_FILE_MAX;
    while (left > 0) {
        size_t n = left < sizeof zeros ? left : sizeof zeros;
        if (!fs_write_all(fd, zeros, n))
            return err_errno(err, "wipe %s", file);
        left -= n;
    }
    return fdatasync(fd) < 0 ? err_errno(err, "wipe %s", file) : 0;
}

static int drop(const struct entry *entry, const char *file, struct err *err)
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
    int wiped = wipe(folder, file, &unwiped);
    rc = fs_remove_tree(folder, file, err);
    if (rc == 0)
        rc = fs_sync_dir(folder, err);
    return rc < 0 || wiped == 0 ? rc : err_set(err, unwiped.class, "%s", unwiped.text);
}

int pending_wipe(const struct entry *entry, struct err *err)
{
    static const char *const files[] = {CHALLENGE, SIGNER};
    int rc = 0;
    for (size_t i = 0; i < LENGTH(files); i++) {
        int dropped = drop(entry, files[i], rc == 0 ? err : NULL);
        rc = rc == 0 ? dropped : rc;
    }
    return rc;
}

int pending_read(const struct entry *entry, struct buf *ret, struct err *err)
{
    autobuf key = {0};
    int rc = get(entry, KEY, &key, err);
    if (rc == -ERR_CONFIG || (rc == 0 && key.len == 0))
        rc = err_set(err, ERR_CONFIG, "pending/" KEY ": no request is under way");
    else if (rc == 0 && !pem_is_whole(&key))
        rc = err_set(err, ERR_CONFIG, "pending/" KEY ": is torn or no PEM");
    if (rc < 0)
        return rc;
    buf_free(ret);
    *ret = key;
    key = (struct buf){0};
    return 0;
}

/* May it be put? Nothing is stored that could not be read back. */
static int key_check(const struct entry *entry, const struct buf *pem, const char *what,
                     struct err *err)
{
    int rc = entry_needs_lock(entry, err);
    if (rc == 0 && (pem->len > STORE_FILE_MAX || !pem_is_whole(pem)))
        rc = err_set(err, ERR_BUG, "%s that is no PEM", what);
    return rc;
}

int entry_pending_put(struct entry *entry, const struct buf *key_pem, struct err *err)
{
    int rc = key_check(entry, key_pem, "a pending key", err);
    if (rc == 0)
        rc = pending_wipe(entry, err);
    if (rc == 0)
        rc = put(entry, KEY, true, key_pem, err);
    return entry_result(entry, rc, err);
}

int entry_pending_get(const struct entry *entry, struct buf *ret_key_pem, struct err *err)
{
    return entry_result(entry, pending_read(entry, ret_key_pem, err), err);
}

int entry_signer_put(struct entry *entry, const struct buf *key_pem, struct err *err)
{
    int rc = key_check(entry, key_pem, "a signer's key", err);
    return entry_result(entry, rc < 0 ? rc : put(entry, SIGNER, false, key_pem, err), err);
}

int entry_signer_get(const struct entry *entry, struct buf *ret_key_pem, struct err *err)
{
    return entry_result(entry, get(entry, SIGNER, ret_key_pem, err), err);
}

int entry_kept_put(struct entry *entry, const struct buf *text, struct err *err)
{
    int rc = entry_needs_lock(entry, err);
    return entry_result(entry, rc < 0 ? rc : put(entry, CHALLENGE, false, text, err), err);
}

int entry_kept_get(const struct entry *entry, struct buf *ret, struct err *err)
{
    return entry_result(entry, get(entry, CHALLENGE, ret, err), err);
}

int entry_kept_drop(struct entry *entry, struct err *err)
{
    int rc = entry_needs_lock(entry, err);
    return entry_result(entry, rc < 0 ? rc : drop(entry, CHALLENGE, err), err);
}
