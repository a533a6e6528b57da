#include "tests/store/faulty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int __real_openat(int at, const char *path, int flags, ...);
int __wrap_openat(int at, const char *path, int flags, ...);
ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);
ssize_t __real_pwrite(int fd, const void *data, size_t len, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *data, size_t len, off_t offset);
int __wrap_fsync(int fd);
int __real_fstatat(int at, const char *path, struct stat *ret, int flags);
int __wrap_fstatat(int at, const char *path, struct stat *ret, int flags);
int __real_mkdirat(int at, const char *path, mode_t mode);
int __wrap_mkdirat(int at, const char *path, mode_t mode);
int __real_unlinkat(int at, const char *path, int flags);
int __wrap_unlinkat(int at, const char *path, int flags);
int __real_symlinkat(const char *target, int at, const char *path);
int __wrap_symlinkat(const char *target, int at, const char *path);
int __real_renameat(int from, const char *old, int to, const char *new);
int __wrap_renameat(int from, const char *old, int to, const char *new);

static struct {
    bool on;
    enum fault fault;
    unsigned at, count;
} armed;

/* Inodes that hold something which no fsync has made durable yet. */
#define DIRTY_MAX 256
static struct {
    dev_t dev;
    ino_t ino;
} dirty[DIRTY_MAX];
static unsigned n_dirty;
static bool lost;

void faulty_arm(enum fault fault, unsigned number)
{
    armed.fault = fault;
    armed.at = number;
    armed.count = 0;
    armed.on = true;
    n_dirty = 0;
    lost = false;
}

unsigned faulty_disarm(void)
{
    armed.on = false;
    return armed.count;
}

bool faulty_would_lose(void)
{
    return lost;
}

static void mark(const struct stat *st, bool is_dirty)
{
    for (unsigned i = 0; i < n_dirty; i++)
        if (dirty[i].dev == st->st_dev && dirty[i].ino == st->st_ino)
            dirty[i--] = dirty[--n_dirty];
    if (!is_dirty)
        return;
    if (n_dirty == DIRTY_MAX)
        abort();
    dirty[n_dirty].dev = st->st_dev;
    dirty[n_dirty++].ino = st->st_ino;
}

static bool is_dirty(const struct stat *st)
{
    for (unsigned i = 0; i < n_dirty; i++)
        if (dirty[i].dev == st->st_dev && dirty[i].ino == st->st_ino)
            return true;
    return false;
}

static void mark_fd(int fd, bool value)
{
    struct stat st;
    int number = errno;
    if (armed.on && fstat(fd, &st) == 0)
        mark(&st, value);
    errno = number;
}

/* Does something called NAME, or in it when it is a folder, wait for an fsync? */
static bool tree_is_dirty(int at, const char *name)
{
    static const char *const files[] = {"key.pem", "cert.pem", "chain.pem", "meta.json"};
    struct stat st;
    if (__real_fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return false;
    bool found = !S_ISLNK(st.st_mode) && is_dirty(&st);
    for (size_t i = 0; !found && S_ISDIR(st.st_mode) && i < sizeof files / sizeof *files; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", name, files[i]);
        found = __real_fstatat(at, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_dirty(&st);
    }
    return found;
}

/* Returns true when the call is to fail with errno as set. */
static bool fails(bool needs_room)
{
    if (!armed.on)
        return false;
    unsigned now = ++armed.count;
    switch (armed.fault) {
    case FAULT_KILLED:
    case FAULT_TORN:
        if (now == armed.at)
            _exit(FAULTY_EXIT);
        return false;
    case FAULT_FULL_ONCE:
        errno = ENOSPC;
        return now == armed.at;
    case FAULT_FULL:
        errno = ENOSPC;
        return now >= armed.at && needs_room;
    case FAULT_BROKEN_ONCE:
        errno = EIO;
        return now == armed.at;
    default:
        return false;
    }
}

int __wrap_openat(int at, const char *path, int flags, ...)
{
    mode_t mode = 0;
    if (flags & O_CREAT) {
        va_list ap;
        va_start(ap, flags);
        mode = va_arg(ap, mode_t);
        va_end(ap);
    }
    if (fails(flags & O_CREAT))
        return -1;
    int fd = __real_openat(at, path, flags, mode);
    if (fd >= 0 && flags & O_EXCL)
        mark_fd(at, true);
    return fd;
}

ssize_t __wrap_write(int fd, const void *data, size_t len)
{
    if (armed.on && armed.fault == FAULT_TORN && armed.count + 1 == armed.at &&
        __real_write(fd, data, len / 2) >= 0)
        _exit(FAULTY_EXIT);
    if (fails(true))
        return -1;
    mark_fd(fd, true);
    return __real_write(fd, data, len);
}

/* `changes` only, which needs no fsync. */
ssize_t __wrap_pwrite(int fd, const void *data, size_t len, off_t offset)
{
    return fails(false) ? -1 : __real_pwrite(fd, data, len, offset);
}

int __wrap_fstatat(int at, const char *path, struct stat *ret, int flags)
{
    return fails(false) ? -1 : __real_fstatat(at, path, ret, flags);
}

int __wrap_fsync(int fd)
{
    if (fails(true))
        return -1;
    mark_fd(fd, false);
    return 0; /* there is no power cut here, and a disk takes its time */
}

int __wrap_mkdirat(int at, const char *path, mode_t mode)
{
    if (fails(true))
        return -1;
    int rc = __real_mkdirat(at, path, mode);
    if (rc == 0)
        mark_fd(at, true);
    return rc;
}

int __wrap_unlinkat(int at, const char *path, int flags)
{
    return fails(false) ? -1 : __real_unlinkat(at, path, flags);
}

int __wrap_symlinkat(const char *target, int at, const char *path)
{
    return fails(true) ? -1 : __real_symlinkat(target, at, path);
}

int __wrap_renameat(int from, const char *old, int to, const char *new)
{
    if (fails(false))
        return -1;
    struct stat folder;
    if (armed.on && strcmp(new, "current") == 0 &&
        __real_fstatat(to, "generations", &folder, 0) == 0)
        lost |= is_dirty(&folder);
    if (armed.on)
        lost |= tree_is_dirty(from, old);
    int rc = __real_renameat(from, old, to, new);
    if (rc == 0)
        mark_fd(to, true);
    return rc;
}
