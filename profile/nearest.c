#include "profile/nearest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static int folded(char c)
{
    return c == '_' ? '-' : tolower((unsigned char)c);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Optimal string alignment distance, three rows at a time. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned rows[3][NEAREST_WORD_MAX + 1];
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = (unsigned)j;

    for (size_t i = 1; i <= a_len; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            int x = folded(a[i - 1]), y = folded(b[j - 1]);
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == folded(b[j - 2]) && y == folded(a[i - 2]))
                row[j] = least(row[j], above2[j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
    size_t len = strlen(candidate);
    if (nearest->len == 0 || nearest->len > NEAREST_WORD_MAX || len > NEAREST_WORD_MAX)
        return;
    unsigned d = distance(nearest->word, nearest->len, candidate, len);
    size_t longer = nearest->len > len ? nearest->len : len;
    unsigned limit = longer < 2 ? 0 : longer < 6 ? 1 : (unsigned)longer / 3;
    if (d <= limit && (!nearest->best || d < nearest->distance)) {
        nearest->best = candidate;
        nearest->distance = d;
    }
}

const char *nearest_hint(struct nearest *nearest)
{
    nearest->hint[0] = 0;
    if (nearest->best)
        snprintf(nearest->hint, sizeof nearest->hint, " (did you mean %s?)", nearest->best);
    return nearest->hint;
}
