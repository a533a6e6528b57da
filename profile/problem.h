/* What is wrong in a file: a line for people, "FILE:LINE: what, and what to do", and the place. */
#ifndef SIGNET_PROFILE_PROBLEM_H
#define SIGNET_PROFILE_PROBLEM_H

#include "base/text.h"

/* Bytes of one line of a file; all count from 1. A byte order mark at the beginning of the file is
 * not counted. Line 0: the file as a whole. Column 0: the line as a whole. Length 0: the point
 * before that column, where something is missing. */
struct span {
    unsigned line, column, length;
};

struct problem {
    char *file;
    struct span at;
    char *text; /* the whole line, with file and line in front */
};

/* Zeroed is empty. */
struct problems {
    struct problem *v;
    size_t n;
};

void problems_free(struct problems *list);

/* Adds a line, as one line of UTF-8, without what stands behind "static:", which may be a secret.
 * Fails only for want of memory. */
int problem_at(struct problems *list, const char *file, struct span at, struct err *err,
               const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The same, about LINE as a whole, or with 0 about the file. */
int problem_add(struct problems *list, const char *file, unsigned line, struct err *err,
                const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Adds copies of all. */
int problems_add(struct problems *list, const struct problems *more, struct err *err);

/* By file, then by place. */
int problem_compare(const struct problem *a, const struct problem *b);
void problems_sort(struct problems *list);

/* TEXT without "NAME: " at its front, where the library that made it put that. */
const char *problem_reason(const char *text, const char *name);

#endif
