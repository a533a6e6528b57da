#include "profile/pattern.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PATTERN_MAX 256
#define REPEATS_MAX 1000 /* all {...} multiplied: each makes as many copies of what it repeats */

/* Past a bracket expression such as [^]a-z[:digit:]], which begins at P. */
static const char *skip_brackets(const char *p)
{
    p += p[1] == '^' ? 2 : 1;
    for (const char *first = p; *p && (*p != ']' || p == first); p++)
        if (*p == '[' && p[1] && strchr(".:=", p[1])) {
            const char closing[] = {p[1], ']', 0}, *end = strstr(p + 2, closing);
            p = end ? end + 1 : p;
        }
    return *p ? p : p - 1;
}

/* What makes the library's matcher slow or hungry out of all proportion. */
static const char *cost_fault(const char *pattern)
{
    unsigned long copies = 1;
    for (const char *p = pattern; *p; p++) {
        if (*p == '\\' && isdigit((unsigned char)p[1]))
            return "has a back-reference such as \\1, which can take for ever";
        if (*p == '\\' && p[1])
            p++;
        else if (*p == '[')
            p = skip_brackets(p);
        else if (*p == '{') {
            unsigned long most = 1;
            for (p++; *p && *p != '}'; p++)
                if (isdigit((unsigned char)*p)) {
                    char *end;
                    unsigned long n = strtoul(p, &end, 10);
                    most = n > most ? n : most;
                    p = end - 1;
                }
            copies = most < REPEATS_MAX ? copies * most : REPEATS_MAX + 1;
            if (copies > REPEATS_MAX)
                return "repeats its parts more than 1000 times";
            if (!*p)
                break;
        }
    }
    return NULL;
}

int pattern_compile(const char *pattern, regex_t *ret, struct err *err)
{
    char why[128];
    regex_t compiled;
    const char *fault =
        strlen(pattern) > PATTERN_MAX ? "is longer than 256 bytes" : cost_fault(pattern);
    if (fault)
        return err_set(err, ERR_CONFIG, "%s", fault);
    int rc = regcomp(&compiled, pattern, REG_EXTENDED);
    if (rc != 0) {
        regerror(rc, &compiled, why, sizeof why);
        return err_set(err, ERR_CONFIG, "is no regular expression: %s", why);
    }
    if (compiled.re_nsub == 0) {
        regfree(&compiled);
        return err_set(err, ERR_CONFIG,
                       "has no group (...) around what is to be found, such as "
                       "password is: ([0-9A-F]+)");
    }
    *ret = compiled;
    return 0;
}

int pattern_find(const regex_t *pattern, const char *text, size_t *ret_begin, size_t *ret_end,
                 struct err *err)
{
    regmatch_t match[2];
    int rc = regexec(pattern, text, 2, match, 0);
    if (rc == REG_ESPACE)
        return err_memory(err);
    if (rc != 0 || match[1].rm_so < 0 || match[1].rm_eo == match[1].rm_so)
        return 0;
    *ret_begin = (size_t)match[1].rm_so;
    *ret_end = (size_t)match[1].rm_eo;
    return 1;
}
