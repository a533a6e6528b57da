/* Whole reads and writes on sockets and pipes, each with a deadline. A peer that hangs costs its
 * deadline and nothing more; a peer that is gone never raises SIGPIPE on a socket. */
#ifndef SIGNET_BASE_IO_H
#define SIGNET_BASE_IO_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

#include <stddef.h>

/* Connects a stream socket to PATH (close-on-exec, non-blocking). A full backlog is RETRY at once.
 * On failure errno says whether anybody listens: ENOENT, ECONNREFUSED, EAGAIN. */
int io_connect(const char *path, int *ret_fd, struct err *err);

/* Until any of EVENTS (poll(2)), or the other end's leaving. RETRY "timed out" at the deadline. */
int io_wait(int fd, short events, deadline until, struct err *err);

/* Writes all of DATA. RETRY "timed out" when UNTIL passes, RETRY when the peer is gone. */
int io_write(int fd, const void *data, size_t len, deadline until, struct err *err);

/* Reads exactly LEN bytes. RETRY at the deadline and on end of file before LEN. */
int io_read(int fd, void *ret_data, size_t len, deadline until, struct err *err);

/* Reads until end of file. RESOURCE past MAX bytes: a reader must not be made to eat without end.
 */
int io_read_all(int fd, size_t max, deadline until, struct buf *ret, struct err *err);

/* A line reader over a descriptor that it borrows. */
struct io_lines {
    int fd;
    size_t max;        /* longest line accepted, in bytes without its newline */
    struct buf buffer; /* what was read and not yet handed out; buf_free() it at the end */
};

/* Hands out the next line without its newline into RET (cleared first). Returns 1, 0 at a clean end
 * of file, or negative: RESOURCE for a line past max, RETRY at the deadline or in a torn last line.
 */
int io_line(struct io_lines *lines, deadline until, struct buf *ret, struct err *err);

/* Exactly LEN bytes that follow the line handed out last. Appends to RET. RETRY at the deadline or
 * a torn end. */
int io_bytes(struct io_lines *lines, size_t len, deadline until, struct buf *ret, struct err *err);

#endif
