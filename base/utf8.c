#include "base/utf8.h"

#include <stdint.h>

size_t utf8_length(const char *data, size_t len)
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
    return c < least[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0 : more + 1;
}
