#include "agent/ndes.h"

#include "base/utf8.h"

#include <stdbool.h>

#define REPLACEMENT 0xfffd
#define LOOKED_AT   512 /* bytes of the page that tell its encoding */

enum encoding { UTF8, UTF16_LITTLE, UTF16_BIG };

static int add_code(struct buf *ret, uint32_t code, struct err *err)
{
    uint8_t bytes[4];
    if (code < 0x80)
        return buf_add(ret, &(uint8_t){(uint8_t)code}, 1, err);
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n; i-- > 0; code >>= 6)
        bytes[i] = (uint8_t)(i ? 0x80 | (code & 0x3f) : lead[n] | code);
    return buf_add(ret, bytes, n, err);
}

/* A page is mostly ASCII, of which UTF-16 makes every second byte a zero. */
static enum encoding find_encoding(const struct buf *page, size_t *ret_mark)
{
    const uint8_t *p = page->data;
    size_t zeros[2] = {0}, n = page->len < LOOKED_AT ? page->len : LOOKED_AT;
    *ret_mark = 0;
    if (page->len >= 2 && (p[0] ^ p[1]) == (0xff ^ 0xfe) && (p[0] == 0xff || p[0] == 0xfe)) {
        *ret_mark = 2;
        return p[0] == 0xff ? UTF16_LITTLE : UTF16_BIG;
    }
    if (page->len >= 3 && p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf)
        *ret_mark = 3;
    for (size_t i = 0; i < n; i++)
        zeros[i % 2] += p[i] == 0;
    if ((zeros[0] > zeros[1] ? zeros[0] : zeros[1]) * 8 <= n)
        return UTF8;
    return zeros[1] > zeros[0] ? UTF16_LITTLE : UTF16_BIG;
}

static uint32_t unit(const uint8_t *p, bool big)
{
    return big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

/* A last byte that is half of something is dropped. */
static int from_utf16(const uint8_t *p, size_t len, bool big, struct buf *ret, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i + 1 < len; i += 2) {
        uint32_t code = unit(p + i, big);
        bool high = code >= 0xd800 && code < 0xdc00, low = code >= 0xdc00 && code < 0xe000;
        uint32_t next = high && i + 3 < len ? unit(p + i + 2, big) : 0;
        if (next >= 0xdc00 && next < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (next - 0xdc00);
            i += 2;
        } else if (high || low || code == 0) {
            code = REPLACEMENT;
        }
        rc = add_code(ret, code, err);
    }
    return rc;
}

static int from_utf8(const char *p, size_t len, struct buf *ret, struct err *err)
{
    int rc = 0;
    while (rc == 0 && len > 0) {
        uint32_t code = REPLACEMENT;
        size_t n = utf8_next(p, len, &code);
        n = n ? n : 1;
        rc = add_code(ret, code, err);
        p += n;
        len -= n;
    }
    return rc;
}

int ndes_decode(const struct buf *page, struct buf *ret, struct err *err)
{
    size_t mark;
    if (page->len == 0)
        return 0;
    enum encoding encoding = find_encoding(page, &mark);
    const uint8_t *p = page->data + mark;
    size_t len = page->len - mark;
    return encoding == UTF8 ? from_utf8((const char *)p, len, ret, err)
                            : from_utf16(p, len, encoding == UTF16_BIG, ret, err);
}
