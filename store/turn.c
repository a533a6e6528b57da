#include "store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

/* See fs_lock() for why this is no sleep until woken. A request takes longer than the short nap,
 * and who is not next has time: the looks of hundreds who wait must not take the processors from
 * those they wait for. */
#define NAP_NEXT_MS 20
#define NAP_MS      200

/* Where in the file the bytes are of those who are next, as many as there are turns. */
#define NEXT 65536

static const char turns[] = "turns";

/* 1: byte AT is ours. */
static int take(int fd, off_t at, struct err *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return 1;
    return errno == EAGAIN || errno == EACCES || errno == EINTR ? 0 : err_errno(err, "%s", turns);
}

/* 1: one of the N bytes from AT on is. */
static int take_one_of(int fd, off_t at, unsigned n, struct err *err)
{
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < n; i++)
        rc = take(fd, at + i, err);
    return rc;
}

static void let_next(int fd)
{
    struct flock rest = {.l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = NEXT};
    fcntl(fd, F_OFD_SETLK, &rest);
}

/* 1: one of N turns is ours before UNTIL. To be next is no right to a turn, only a shorter nap: a
 * process that was stopped there holds nobody up. */
static int wait_for_one(int fd, unsigned n, deadline until, struct err *err)
{
    int rc, is_next = 0;
    while ((rc = take_one_of(fd, 0, n, err)) == 0) {
        int left = deadline_left(until);
        if (left == 0)
            return 0;
        if (!is_next && (is_next = take_one_of(fd, NEXT, n, err)) < 0)
            return is_next;
        int nap = is_next ? NAP_NEXT_MS : NAP_MS;
        poll(NULL, 0, left < nap ? left : nap);
    }
    if (is_next)
        let_next(fd);
    return rc;
}

int store_turn(const struct store *store, unsigned n, deadline until, int *ret_fd, struct err *err)
{
    autoclose int fd = openat(
        store->fd, turns, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
    if (fd < 0)
        return err_errno(err, "%s/%s", store->path, turns);
    int rc = wait_for_one(fd, n, until, err);
    if (rc < 0)
        return err_context(err, "%s", store->path);
    if (rc == 0)
        return err_set(err, ERR_RETRY, "%u other requests are under way; try again later", n);
    *ret_fd = steal_fd(&fd);
    return 0;
}
