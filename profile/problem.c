#include "profile/problem.h"

#include "profile/clean.h"

#include <stdio.h>
#include <string.h>

int problem_add(struct strings *list, const char *file, unsigned line, struct err *err,
                const char *format, ...)
{
    char text[ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);

    autofree char *whole =
        line ? text_format("%s:%u: %s", file, line, text) : text_format("%s: %s", file, text);
    if (!whole)
        return err_memory(err);
    err_sanitise(whole);
    clean_scrub(whole);
    return strings_add(list, whole, err);
}

const char *problem_reason(const char *text, const char *name)
{
    size_t len = strlen(name);
    bool named = strncmp(text, name, len) == 0 && strncmp(text + len, ": ", 2) == 0;
    return named ? text + len + 2 : text;
}
