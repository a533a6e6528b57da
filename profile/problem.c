#include "profile/problem.h"

#include <stdio.h>
#include <string.h>

/* A challenge that slipped into another key's line: what stands here is in the journal and before
 * every user's eyes. No text of ours goes on behind the word. */
static void hide_challenge(char *text)
{
    static const char word[] = "static:";
    char *found = strstr(text, word);
    if (found && found[sizeof word - 1])
        strcpy(found + sizeof word - 1, " ...");
}

int problem_add(struct strings *list, const char *file, unsigned line, struct err *err,
                const char *format, ...)
{
    char text[ERR_TEXT_MAX + sizeof " ..."];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, ERR_TEXT_MAX, format, ap);
    va_end(ap);
    hide_challenge(text);

    autofree char *whole =
        line ? text_format("%s:%u: %s", file, line, text) : text_format("%s: %s", file, text);
    if (!whole)
        return err_memory(err);
    err_sanitise(whole);
    return strings_add(list, whole, err);
}

const char *problem_reason(const char *text, const char *name)
{
    size_t len = strlen(name);
    bool named = strncmp(text, name, len) == 0 && strncmp(text + len, ": ", 2) == 0;
    return named ? text + len + 2 : text;
}
