#include "base/clean.h"

#include "base/utf8.h"

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

const char *clean_find(const char *data, size_t len, size_t *ret_offset)
{
    for (size_t i = 0, n; i < len; i += n) {
        uint32_t code;
        *ret_offset = i;
        n = utf8_next(data + i, len - i, &code);
        if (n == 0)
            return data[i] ? "is not UTF-8 text" : "holds a zero byte";
        if (is_control(code))
            return "holds a control character";
        if (is_reordering(code))
            return "holds an invisible character that changes the direction of the text";
    }
    return NULL;
}

const char *clean_fault(const char *data, size_t len)
{
    size_t offset;
    return clean_find(data, len, &offset);
}
