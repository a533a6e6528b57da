#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#define NAP_MAX_MS 20

enum demand { ANY, TRUSTED, SECRET };

static int open_error(struct err *err, const char *path)
{
    if (errno == ENOENT || errno == ENOTDIR)
        return err_set(err, ERR_CONFIG, "%s: no such file", path);
    if (errno == ELOOP)
        return err_set(err, ERR_DENIED, "%s: is a symbolic link, which is not followed here", path);
    return err_errno(err, "%s", path);
}

int fs_check_trusted(const struct stat *st, const char *path, struct err *err)
{
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return err_set(err, ERR_DENIED, "%s: owned by uid %u, must be owned by root (chown root)",
                       path, st->st_uid);
    if (st->st_mode & (S_IWGRP | S_IWOTH))
        return err_set(err, ERR_DENIED,
                       "%s: mode %04o lets others write it (chmod go-w); it is not believed", path,
                       st->st_mode & 07777);
    return 0;
}

static int read_checked(int at, const char *path, size_t max, enum demand demand, struct buf *ret,
                        struct err *err)
{
    /* O_NONBLOCK: a FIFO in our way must not hold us. */
    autoclose int fd = openat(at, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return open_error(err, path);

    struct stat st;
    if (fstat(fd, &st) < 0)
        return err_errno(err, "%s", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_CONFIG, "%s: not a regular file", path);
    if (demand != ANY) {
        int rc = fs_check_trusted(&st, path, err);
        if (rc < 0)
            return rc;
    }
    if (demand == SECRET && st.st_mode & S_IROTH)
        return err_set(err, ERR_DENIED, "%s: mode %04o lets everyone read a secret (chmod o-rwx)",
                       path, st.st_mode & 07777);
    if ((uint64_t)st.st_size > max)
        return err_set(err, ERR_RESOURCE, "%s: larger than %zu bytes", path, max);

    autobuf all = {0};
    for (;;) {
        int rc = buf_reserve(&all, 4096, err);
        if (rc < 0)
            return rc;
        ssize_t n = read(fd, all.data + all.len, 4096);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(err, "%s", path);
        if (n == 0)
            break;
        all.len += (size_t)n;
        if (all.len > max)
            return err_set(err, ERR_RESOURCE, "%s: larger than %zu bytes", path, max);
    }
    all.data[all.len] = 0;
    buf_free(ret);
    *ret = all;
    all = (struct buf){0};
    return 0;
}

int fs_read(int at, const char *path, size_t max, struct buf *ret, struct err *err)
{
    return read_checked(at, path, max, ANY, ret, err);
}

int fs_read_trusted(int at, const char *path, size_t max, struct buf *ret, struct err *err)
{
    return read_checked(at, path, max, TRUSTED, ret, err);
}

int fs_read_secret(int at, const char *path, size_t max, struct buf *ret, struct err *err)
{
    return read_checked(at, path, max, SECRET, ret, err);
}

int fs_open_trusted_dir(const char *path, int *ret_fd, struct err *err)
{
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    if (fd < 0)
        return open_error(err, path);
    struct stat st;
    if (fstat(fd, &st) < 0)
        return err_errno(err, "%s", path);
    int rc = fs_check_trusted(&st, path, err);
    if (rc < 0)
        return rc;
    *ret_fd = steal_fd(&fd);
    return 0;
}

bool fs_write_all(int fd, const void *data, size_t len)
{
    const char *p = data;
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno != EINTR)
            return false;
        p += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

int fs_create(int at, const char *name, mode_t mode, const void *data, size_t len, struct err *err)
{
    autoclose int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return err_errno(err, "create %s", name);
    if (fchmod(fd, mode) < 0 || !fs_write_all(fd, data, len) || fsync(fd) < 0) {
        int rc = err_errno(err, "write %s", name);
        unlinkat(at, name, 0);
        return rc;
    }
    return 0;
}

static int replace_over(int at, const char *beside, const char *name, mode_t mode, const void *data,
                        size_t len, struct err *err)
{
    int rc = fs_create(at, beside, mode, data, len, err);
    if (rc < 0)
        return rc;
    if (renameat(at, beside, at, name) < 0) {
        rc = err_errno(err, "rename %s", beside);
        unlinkat(at, beside, 0);
        return rc;
    }
    rc = fs_sync_dir(at, err);
    return rc < 0 ? err_context(err, "%s", name) : 0;
}

int fs_replace(int at, const char *name, mode_t mode, const void *data, size_t len, struct err *err)
{
    autofree char *beside = text_format("%s.new", name);
    if (!beside)
        return err_memory(err);
    if (unlinkat(at, beside, 0) < 0 && errno != ENOENT)
        return err_errno(err, "remove %s", beside);
    return replace_over(at, beside, name, mode, data, len, err);
}

int fs_replace_among(int at, const char *name, mode_t mode, const void *data, size_t len,
                     struct err *err)
{
    uint8_t random[8];
    char hex[2 * sizeof random + 1], beside[sizeof hex + 16];
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return err_errno(err, "random numbers");
    text_hex(random, sizeof random, hex);
    snprintf(beside, sizeof beside, ".signet-%s", hex);
    return replace_over(at, beside, name, mode, data, len, err);
}

static void closedir_p(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

static bool is_empty(int at, const char *name)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    CLEANUP(closedir_p) DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    if (!stream && fd >= 0)
        close(fd);
    unsigned names = 0;
    while (stream && names < 3 && readdir(stream))
        names++;
    return names == 2; /* itself, and the one above */
}

enum { IN_USE, EMPTY, MADE };

/* Makes a folder unless it is there. But for one that is IN_USE, AT wants an fsync: whoever made an
 * EMPTY one may have been killed before that. */
static int make_dir(int at, const char *name, mode_t mode, struct err *err)
{
    if (mkdirat(at, name, mode) == 0)
        return MADE;
    if (errno != EEXIST)
        return err_errno(err, "create %s", name);
    return is_empty(at, name) ? EMPTY : IN_USE;
}

int fs_make_dir(const char *path, mode_t mode, struct err *err)
{
    autoclose int above = -1;
    autofree char *parent = strdup(path);
    if (!parent)
        return err_memory(err);
    int made = make_dir(AT_FDCWD, path, mode, err);
    if (made <= IN_USE)
        return made;
    above = open(dirname(parent), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (above < 0 && errno == EACCES && made == EMPTY) /* then it was none of ours who made it */
        return 0;
    if (above < 0 || fsync(above) < 0)
        return err_errno(err, "%s: fsync the folder that it is in", path);
    return 0;
}

int fs_open_dir(int at, const char *name, mode_t create_mode, bool create, int *ret_fd,
                struct err *err)
{
    int rc = create ? make_dir(at, name, create_mode, err) : 0;
    if (rc > IN_USE)
        rc = at == AT_FDCWD ? 0 : fs_sync_dir(at, err);
    if (rc < 0)
        return rc;
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

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int open_stream(int dir, DIR **ret, struct err *err)
{
    autoclose int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    if (!stream)
        return err_errno(err, "read the folder");
    steal_fd(&fd);
    *ret = stream;
    return 0;
}

int fs_list(int dir, struct strings *ret, struct err *err)
{
    CLEANUP(closedir_p) DIR *stream = NULL;
    CLEANUP(strings_free) struct strings names = {0};
    int rc = open_stream(dir, &stream, err);

    while (rc == 0) {
        errno = 0;
        struct dirent *entry = readdir(stream);
        if (!entry && errno)
            return err_errno(err, "read the folder");
        if (!entry)
            break;
        if (entry->d_name[0] != '.')
            rc = strings_add(&names, entry->d_name, err);
    }
    if (rc < 0)
        return rc;
    if (names.n)
        qsort(names.v, names.n, sizeof *names.v, compare_names);
    strings_free(ret);
    *ret = names;
    names = (struct strings){0};
    return 0;
}

int fs_remove_tree(int at, const char *name, struct err *err)
{
    if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return err_errno(err, "remove %s", name);

    autoclose int dir = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (dir < 0)
        return err_errno(err, "remove %s", name);
    CLEANUP(closedir_p) DIR *stream = NULL;
    int rc = open_stream(dir, &stream, err);
    while (rc == 0) {
        struct dirent *entry = readdir(stream);
        if (!entry)
            break;
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            rc = fs_remove_tree(dir, entry->d_name, err);
    }
    if (rc == 0 && unlinkat(at, name, AT_REMOVEDIR) < 0)
        rc = err_errno(err, "remove %s", name);
    return rc;
}

int fs_sync_dir(int dir, struct err *err)
{
    return fsync(dir) < 0 ? err_errno(err, "fsync the folder") : 0;
}

/* Linux has no flock() with a deadline. A timer's signal would be the whole process's business and
 * a thread could not be cancelled out of it, so this tries, and naps between tries: a lock is
 * rarely waited for, and then 20 ms more are not felt. */
int fs_lock(int fd, deadline until, struct err *err)
{
    for (int nap = 1;; nap = nap * 2 < NAP_MAX_MS ? nap * 2 : NAP_MAX_MS) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return 0;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return err_errno(err, "lock");
        int left = deadline_left(until);
        if (left == 0)
            return err_set(err, ERR_RETRY, "another process is at work on it; try again later");
        poll(NULL, 0, nap < left ? nap : left);
    }
}
