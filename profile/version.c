#include "profile/version.h"

#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS  "0123456789"

/* What may come next, in its order; what is in none of these is a number or a word. */
static int rank(char c)
{
    static const char order[] = {'~', 0, '-', '^', '.'};
    const char *found = memchr(order, c, sizeof order);
    return found ? (int)(found - order) : (int)sizeof order;
}

static int order(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int compare_numbers(const char *a, size_t a_len, const char *b, size_t b_len)
{
    for (; a_len && *a == '0'; a_len--)
        a++;
    for (; b_len && *b == '0'; b_len--)
        b++;
    return a_len != b_len ? order(a_len, b_len) : memcmp(a, b, a_len);
}

static int compare_words(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int common = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return common ? common : order(a_len, b_len);
}

int version_compare(const char *a, const char *b)
{
    static const char known[] = LETTERS DIGITS "~-^.";
    for (;;) {
        a += strcspn(a, known);
        b += strcspn(b, known);
        int x = rank(*a), y = rank(*b);
        if (x != y || !*a)
            return x - y;
        if (strchr("~-^.", *a)) {
            a++;
            b++;
            continue;
        }
        size_t a_digits = strspn(a, DIGITS), b_digits = strspn(b, DIGITS);
        bool numbers = a_digits || b_digits;
        if (numbers && !(a_digits && b_digits))
            return a_digits ? 1 : -1;
        size_t a_len = numbers ? a_digits : strspn(a, LETTERS);
        size_t b_len = numbers ? b_digits : strspn(b, LETTERS);
        int differ =
            numbers ? compare_numbers(a, a_len, b, b_len) : compare_words(a, a_len, b, b_len);
        if (differ)
            return differ;
        a += a_len;
        b += b_len;
    }
}

bool version_valid(const char *text, size_t len)
{
    static const char known[] = LETTERS DIGITS ".-~^+_";
    if (len == 0 || len > VERSION_MAX || !memchr(DIGITS, *text, sizeof DIGITS - 1))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!memchr(known, text[i], sizeof known - 1))
            return false;
    return true;
}
