#include "profile/clean.h"

#include "base/text.h"

#include <string.h>

size_t clean_next(const char *data, size_t len, uint32_t *ret_code)
{
    const uint8_t *p = (const uint8_t *)data;
    if (len == 0)
        return 0;
    size_t n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
    if (n > len || (*p && !text_is_utf8(data, n)))
        return 0;
    uint32_t code = n == 1 ? *p : *p & (0x7fu >> n);
    for (size_t i = 1; i < n; i++)
        code = code << 6 | (p[i] & 0x3f);
    *ret_code = code;
    return n;
}

size_t clean_length(const char *data, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += ((uint8_t)data[i] & 0xc0) != 0x80;
    return n;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029;
}

static bool is_reordering(uint32_t code)
{
    return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

bool clean_is_hidden(uint32_t code)
{
    return is_control(code) || is_reordering(code) || (code >= 0x200b && code <= 0x200f) ||
           code == 0xad || code == 0x61c || code == 0x2060 || code == 0xfeff;
}

const char *clean_fault(const char *data, size_t len)
{
    while (len > 0) {
        uint32_t code = 0;
        size_t n = clean_next(data, len, &code);
        if (n == 0)
            return "is not UTF-8 text";
        if (code == 0)
            return "holds a zero byte";
        if (is_control(code))
            return "holds a control character";
        if (is_reordering(code))
            return "holds an invisible character that changes the direction of the text";
        data += n;
        len -= n;
    }
    return NULL;
}

void clean_scrub(char *text)
{
    size_t len = strlen(text);
    while (len > 0) {
        uint32_t code;
        size_t n = clean_next(text, len, &code);
        if (n == 0) {
            *text = '?';
            n = 1;
        }
        text += n;
        len -= n;
    }
}
