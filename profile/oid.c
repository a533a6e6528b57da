#include "profile/oid.h"

#include <stdint.h>
#include <string.h>

/* Reads one arc; NULL when there is none. */
static const char *read_arc(const char *p, uint64_t *ret)
{
    uint64_t value = 0;
    if (*p < '0' || *p > '9' || (p[0] == '0' && p[1] >= '0' && p[1] <= '9'))
        return NULL;
    for (; *p >= '0' && *p <= '9'; p++) {
        value = value * 10 + (uint64_t)(*p - '0');
        if (value > UINT32_MAX)
            return NULL;
    }
    *ret = value;
    return p;
}

bool oid_valid(const char *text)
{
    uint64_t first = 0, arc = 0;
    if (strlen(text) > 63)
        return false;
    for (unsigned n = 0;; n++) {
        text = read_arc(text, &arc);
        if (!text || (n == 0 && arc > 2) || (n == 1 && first < 2 && arc > 39))
            return false;
        if (n == 0)
            first = arc;
        if (*text == 0)
            return n > 0;
        if (*text++ != '.')
            return false;
    }
}
