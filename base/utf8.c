#include "base/utf8.h"

#include "base/cleanup.h"

size_t utf8_next(const char *data, size_t len, uint32_t *ret_code)
{
    static const uint32_t least[] = {1, 0x80, 0x800, 0x10000};
    const uint8_t *p = (const uint8_t *)data;
    if (len == 0)
        return 0;

    uint32_t c = p[0];
    size_t more = c < 0x80 ? 0 : c >> 5 == 6 ? 1 : c >> 4 == 14 ? 2 : c >> 3 == 30 ? 3 : 4;
    if (more > 3 || more >= len)
        return 0;
    c &= more ? 0x3fu >> more : 0x7f;
    for (size_t i = 1; i <= more; i++) {
        if (p[i] >> 6 != 2)
            return 0;
        c = c << 6 | (p[i] & 0x3f);
    }
    if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *ret_code = c;
    return more + 1;
}

static const struct {
    uint32_t first, last;
} hidden[] = {
    {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},
    {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
    {0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xfffd, 0xffff}, {0xe0000, 0xe0fff},
};

bool utf8_is_hidden(uint32_t code)
{
    for (size_t i = 0; i < LENGTH(hidden); i++)
        if (code >= hidden[i].first && code <= hidden[i].last)
            return true;
    return false;
}
