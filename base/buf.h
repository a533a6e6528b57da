/* A growing byte string with a hard maximum. Always wiped when freed, so that keys, PINs and
 * challenges need no second type. */
#ifndef SIGNET_BASE_BUF_H
#define SIGNET_BASE_BUF_H

#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No buffer grows past this, whatever a caller asks for. */
#define BUF_MAX (64u * 1024 * 1024)

struct buf {
    uint8_t *data; /* followed by a zero byte that len does not count, once anything was stored */
    size_t len;
    size_t size;
};

/* Wipes, frees and empties; a zeroed struct buf is valid. */
void buf_free(struct buf *buf);
#define autobuf CLEANUP(buf_free) struct buf

/* Forgets the content (wiped) but keeps the memory. */
void buf_clear(struct buf *buf);

/* Makes room for MORE bytes behind len. The old memory is wiped when it moves. RESOURCE past
 * BUF_MAX. */
int buf_reserve(struct buf *buf, size_t more, struct err *err);

int buf_add(struct buf *buf, const void *data, size_t len, struct err *err);
int buf_add_text(struct buf *buf, const char *text, struct err *err);
int buf_printf(struct buf *buf, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The content as a C string, "" when empty. Borrowed; may hold zero bytes inside. */
const char *buf_text(const struct buf *buf);

/* Equal length and bytes, compared in constant time for equal lengths. */
bool buf_equal(const struct buf *a, const struct buf *b);

#endif
