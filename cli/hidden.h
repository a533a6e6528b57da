/* A line that nobody is to see: a PIN. */
#ifndef SIGNET_CLI_HIDDEN_H
#define SIGNET_CLI_HIDDEN_H

#include "base/buf.h"

/* Longer lines are no secret that anybody would type. */
#define HIDDEN_MAX 1024u

/* Is there a terminal on standard input, and so somebody to type? */
bool hidden_is_typed(void);

/* Reads one line of standard input into RET, without its newline; from a terminal with PROMPT and
 * without echo. CONFIG: there is none; RESOURCE: it is longer than HIDDEN_MAX bytes. A signal that
 * ends us finds the terminal as it was. */
int hidden_line(const char *prompt, struct buf *ret, struct err *err);

#endif
