#include "cli/plain.h"

#include "base/text.h"

#include <stdint.h>
#include <string.h>
#include <wchar.h>

/* Length of the character at P and its code in RET; a byte that begins none is one of length 1,
 * U+FFFD. */
static size_t character(const char *p, uint32_t *ret)
{
    uint8_t first = (uint8_t)*p;
    size_t len = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : 4;
    *ret = 0xfffd;
    if (strnlen(p, len) < len || !text_is_utf8(p, len))
        return 1;
    uint32_t c = len == 1 ? first : first & (0x7fu >> len);
    for (size_t i = 1; i < len; i++)
        c = c << 6 | ((uint8_t)p[i] & 0x3f);
    *ret = c;
    return len;
}

static const struct {
    uint32_t first, last;
} steering[] = {
    {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},
    {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
    {0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xfffd, 0xffff}, {0xe0000, 0xe0fff},
};

static bool is_steering(uint32_t c)
{
    for (size_t i = 0; i < LENGTH(steering); i++)
        if (c >= steering[i].first && c <= steering[i].last)
            return true;
    return false;
}

int plain_add(const char *text, bool utf8, struct buf *ret, struct err *err)
{
    while (*text) {
        uint32_t c;
        size_t len = character(text, &c);
        bool shown = !is_steering(c) && (c < 0x80 || utf8);
        int rc = shown ? buf_add(ret, text, len, err) : buf_add(ret, "?", 1, err);
        if (rc < 0)
            return rc;
        text += len;
    }
    return 0;
}

/* wcwidth() knows the widths of the locale's characters only; others are shown as one. */
static unsigned columns(uint32_t c)
{
    int width = wcwidth((wchar_t)c);
    return width < 0 ? 1 : (unsigned)width;
}

unsigned plain_width(const char *text)
{
    unsigned width = 0;
    uint32_t c;
    for (; *text; width += columns(c))
        text += character(text, &c);
    return width;
}

size_t plain_fit(const char *text, unsigned width)
{
    size_t bytes = 0;
    unsigned used = 0;
    while (text[bytes]) {
        uint32_t c;
        size_t len = character(text + bytes, &c);
        used += columns(c);
        if (used > width)
            break;
        bytes += len;
    }
    return bytes;
}
