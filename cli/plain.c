#include "cli/plain.h"

#include "base/utf8.h"

#include <string.h>
#include <wchar.h>

/* Length of the character at P and its code in RET; a byte that begins none is one of length 1,
 * U+FFFD, which is hidden. */
static size_t character(const char *p, uint32_t *ret)
{
    size_t len = utf8_next(p, strnlen(p, 4), ret);
    if (len > 0)
        return len;
    *ret = 0xfffd;
    return 1;
}

int plain_add(const char *text, bool utf8, struct buf *ret, struct err *err)
{
    while (*text) {
        uint32_t c;
        size_t len = character(text, &c);
        bool shown = !utf8_is_hidden(c) && (c < 0x80 || utf8);
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

size_t plain_line(const char *text, unsigned width)
{
    size_t len = width ? plain_fit(text, width) : strlen(text);
    if (!text[len] || text[len] == ' ')
        return len;
    const char *blank = memrchr(text, ' ', len);
    return blank && blank > text ? (size_t)(blank - text) : len;
}
