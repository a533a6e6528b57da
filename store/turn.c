#include "store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#define NAP_MS 20 /* a request takes longer; see fs_lock() for why this is no sleep until woken */

static const char turns[] = "turns";

/* 1: byte I is ours. */
static int take(int fd, unsigned i, struct err *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = i, .l_len = 1};
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return 1;
    return errno == EAGAIN || errno == EACCES || errno == EINTR ? 0 : err_errno(err, "%s", turns);
}

int store_turn(const struct store *store, unsigned n, deadline until, int *ret_fd, struct err *err)
{
    autoclose int fd = openat(
        store->fd, turns, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
    if (fd < 0)
        return err_errno(err, "%s/%s", store->path, turns);
    for (;;) {
        int rc = 0;
        for (unsigned i = 0; rc == 0 && i < n; i++)
            rc = take(fd, i, err);
        if (rc < 0)
            return err_context(err, "%s", store->path);
        if (rc > 0) {
            *ret_fd = steal_fd(&fd);
            return 0;
        }
        int left = deadline_left(until);
        if (left == 0)
            return err_set(err, ERR_RETRY, "%u other requests are under way; try again later", n);
        poll(NULL, 0, left < NAP_MS ? left : NAP_MS);
    }
}
