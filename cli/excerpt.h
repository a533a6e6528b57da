/* A line of a file with what is wrong in it underlined. Pure. */
#ifndef SIGNET_CLI_EXCERPT_H
#define SIGNET_CLI_EXCERPT_H

#include "cli/lines.h"
#include "cli/screen.h"
#include "profile/problem.h"

/* Appends
 *
 *     7 | key-size = 1000
 *       |            ^~~~
 *
 * for bytes AT of LINE. Without a column there is no underline. Nothing but text is shown: what
 * could steer a terminal becomes '?', a tab blanks, and what may be a secret "...". A line that is
 * longer than the screen, or than any screen, is cut around the underline. */
int excerpt_add(const struct line *line, struct span at, bool warning, const struct screen *screen,
                struct buf *ret, struct err *err);

#endif
