#include "profile/problem.h"

#include "base/array.h"

#include <stdio.h>
#include <string.h>

static void problem_free(struct problem *problem)
{
    free(problem->file);
    free(problem->text);
}

void problems_free(struct problems *list)
{
    for (size_t i = 0; i < list->n; i++)
        problem_free(&list->v[i]);
    free(list->v);
    *list = (struct problems){0};
}

/* A challenge that slipped into another key's line: what stands here is in the journal and before
 * every user's eyes. No text of ours goes on behind the word. */
static void hide_challenge(char *text)
{
    static const char word[] = "static:";
    char *found = strstr(text, word);
    if (found && found[sizeof word - 1])
        strcpy(found + sizeof word - 1, " ...");
}

/* Takes TEXT over, also when it fails. */
static int add(struct problems *list, const char *file, struct span at, char *text, struct err *err)
{
    CLEANUP(problem_free) struct problem problem = {.file = strdup(file), .at = at, .text = text};
    if (!problem.file || !problem.text)
        return err_memory(err);
    int rc = array_room(&list->v, list->n, sizeof *list->v, err);
    if (rc < 0)
        return rc;
    list->v[list->n++] = problem;
    problem = (struct problem){0};
    return 0;
}

static int add_formatted(struct problems *list, const char *file, struct span at, struct err *err,
                         const char *format, va_list ap)
{
    char text[ERR_TEXT_MAX + sizeof " ..."];
    vsnprintf(text, ERR_TEXT_MAX, format, ap);
    hide_challenge(text);

    char *whole =
        at.line ? text_format("%s:%u: %s", file, at.line, text) : text_format("%s: %s", file, text);
    if (whole)
        err_sanitise(whole);
    return add(list, file, at, whole, err);
}

int problem_at(struct problems *list, const char *file, struct span at, struct err *err,
               const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int rc = add_formatted(list, file, at, err, format, ap);
    va_end(ap);
    return rc;
}

int problem_add(struct problems *list, const char *file, unsigned line, struct err *err,
                const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int rc = add_formatted(list, file, (struct span){.line = line}, err, format, ap);
    va_end(ap);
    return rc;
}

int problems_add(struct problems *list, const struct problems *more, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < more->n; i++)
        rc = add(list, more->v[i].file, more->v[i].at, strdup(more->v[i].text), err);
    return rc;
}

static int order(unsigned a, unsigned b)
{
    return (a > b) - (a < b);
}

int problem_compare(const struct problem *a, const struct problem *b)
{
    int by_file = strcmp(a->file, b->file), by_line = order(a->at.line, b->at.line);
    return by_file ? by_file : by_line ? by_line : order(a->at.column, b->at.column);
}

/* Equal places keep their order: glibc's qsort() is a merge sort as long as it gets the memory, and
 * where it is not, no harm is done. */
static int compare(const void *a, const void *b)
{
    return problem_compare(a, b);
}

void problems_sort(struct problems *list)
{
    if (list->n)
        qsort(list->v, list->n, sizeof *list->v, compare);
}

const char *problem_reason(const char *text, const char *name)
{
    size_t len = strlen(name);
    bool named = strncmp(text, name, len) == 0 && strncmp(text + len, ": ", 2) == 0;
    return named ? text + len + 2 : text;
}
