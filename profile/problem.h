/* Lines for people about what is wrong in a file: "FILE:LINE: what, and what to do". */
#ifndef SIGNET_PROFILE_PROBLEM_H
#define SIGNET_PROFILE_PROBLEM_H

#include "base/text.h"

/* Adds a line, as one line of UTF-8, without what stands behind "static:", which may be a secret.
 * LINE 0: the file as a whole. Fails only for want of memory. */
int problem_add(struct strings *list, const char *file, unsigned line, struct err *err,
                const char *format, ...) __attribute__((format(printf, 5, 6)));

/* TEXT without "NAME: " at its front, where the library that made it put that. */
const char *problem_reason(const char *text, const char *name);

#endif
