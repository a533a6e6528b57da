#include "base/io.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int io_connect(const char *path, int *ret_fd, struct err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return err_set(err, ERR_CONFIG, "%s: longer than a socket's path may be", path);
    strcpy(address.sun_path, path);

    autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_errno(err, "socket");
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return err_errno(err, "%s", path);
    *ret_fd = steal_fd(&fd);
    return 0;
}

int io_wait(int fd, short events, deadline until, struct err *err)
{
    struct pollfd p = {.fd = fd, .events = events};
    for (;;) {
        int n = poll(&p, 1, deadline_left(until));
        if (n > 0)
            return 0;
        if (n == 0)
            return err_set(err, ERR_RETRY, "timed out");
        if (errno != EINTR)
            return err_errno(err, "poll");
    }
}

static ssize_t send_or_write(int fd, const void *data, size_t len)
{
    ssize_t n = send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    return n < 0 && errno == ENOTSOCK ? write(fd, data, len) : n;
}

int io_write(int fd, const void *data, size_t len, deadline until, struct err *err)
{
    const char *p = data;
    while (len > 0) {
        ssize_t n = send_or_write(fd, p, len);
        if (n >= 0) {
            p += n;
            len -= (size_t)n;
        } else if (errno == EAGAIN) {
            int rc = io_wait(fd, POLLOUT, until, err);
            if (rc < 0)
                return rc;
        } else if (errno != EINTR) {
            return err_errno(err, "write");
        }
    }
    return 0;
}

/* One read of at most LEN bytes; 0 at end of file. Reads first and polls only when there is
 * nothing: a reply that is already there costs one system call. */
static ssize_t read_some(int fd, void *data, size_t len, deadline until, struct err *err)
{
    for (;;) {
        ssize_t n = recv(fd, data, len, MSG_DONTWAIT);
        if (n < 0 && errno == ENOTSOCK) {
            int rc = io_wait(fd, POLLIN, until, err);
            if (rc < 0)
                return rc;
            n = read(fd, data, len);
        }
        if (n >= 0)
            return n;
        if (errno == EAGAIN) {
            int rc = io_wait(fd, POLLIN, until, err);
            if (rc < 0)
                return rc;
        } else if (errno != EINTR) {
            return err_errno(err, "read");
        }
    }
}

int io_read(int fd, void *ret_data, size_t len, deadline until, struct err *err)
{
    char *p = ret_data;
    while (len > 0) {
        ssize_t n = read_some(fd, p, len, until, err);
        if (n < 0)
            return (int)n;
        if (n == 0)
            return err_set(err, ERR_RETRY, "the peer closed the connection");
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

int io_read_all(int fd, size_t max, deadline until, struct buf *ret, struct err *err)
{
    autobuf all = {0};
    for (;;) {
        size_t step = 4096;
        int rc = buf_reserve(&all, step, err);
        if (rc < 0)
            return rc;
        ssize_t n = read_some(fd, all.data + all.len, step, until, err);
        if (n < 0)
            return (int)n;
        if (n == 0)
            break;
        all.len += (size_t)n;
        if (all.len > max)
            return err_set(err, ERR_RESOURCE, "more than %zu bytes", max);
    }
    if (all.data)
        all.data[all.len] = 0;
    buf_free(ret);
    *ret = all;
    all = (struct buf){0};
    return 0;
}

int io_line(struct io_lines *lines, deadline until, struct buf *ret, struct err *err)
{
    struct buf *b = &lines->buffer;
    size_t seen = 0;
    for (;;) {
        const uint8_t *end = b->len > seen ? memchr(b->data + seen, '\n', b->len - seen) : NULL;
        size_t line = end ? (size_t)(end - b->data) : b->len;
        if (line > lines->max)
            return err_set(err, ERR_RESOURCE, "a line of more than %zu bytes", lines->max);
        if (end) {
            buf_clear(ret);
            int rc = buf_add(ret, b->data, line, err);
            if (rc < 0)
                return rc;
            b->len -= line + 1;
            memmove(b->data, b->data + line + 1, b->len);
            return 1;
        }
        seen = b->len;
        int rc = buf_reserve(b, 4096, err);
        if (rc < 0)
            return rc;
        ssize_t n = read_some(lines->fd, b->data + b->len, 4096, until, err);
        if (n < 0)
            return (int)n;
        if (n == 0)
            return b->len == 0 ? 0 : err_set(err, ERR_RETRY, "the peer stopped inside a line");
        b->len += (size_t)n;
    }
}

int io_bytes(struct io_lines *lines, size_t len, deadline until, struct buf *ret, struct err *err)
{
    struct buf *b = &lines->buffer;
    size_t have = b->len < len ? b->len : len;
    int rc = buf_reserve(ret, len, err);
    if (rc == 0)
        rc = buf_add(ret, b->data, have, err);
    if (rc < 0)
        return rc;
    b->len -= have;
    if (b->len)
        memmove(b->data, b->data + have, b->len);
    rc = io_read(lines->fd, ret->data + ret->len, len - have, until, err);
    if (rc < 0)
        return rc;
    ret->len += len - have;
    ret->data[ret->len] = 0;
    return 0;
}
