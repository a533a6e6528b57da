/* Programs of the administrator's that a file of his names as `command:LINE`: run without a shell,
 * with a clean environment, under a deadline and a cap. */
#ifndef SIGNET_PROFILE_COMMAND_H
#define SIGNET_PROFILE_COMMAND_H

#include "base/buf.h"

/* What is usual for a program that only looks something up. */
#define COMMAND_TIMEOUT_MS 5000
#define COMMAND_OUTPUT_MAX 4096

/* LINE is the absolute path of a program and its arguments. Blanks separate them; what stands in
 * "..." is one, "" in it is a quote. Nothing else is special. At most 64 of them.
 *
 * The program is a regular file that root or our own effective uid owns and that neither group nor
 * others may write, and the same holds for every folder above it (or it is sticky, as /tmp is), and
 * for every symbolic link on the way, and for where that leads to: nobody else could have put it
 * there. */

/* For those who check a file without running anything. CONFIG: the line itself is wrong, wherever
 * it is read. Any other class: on this machine the program cannot be run, or is not to be believed.
 */
int command_check(const char *line, struct err *err);

/* Runs LINE, feeds it INPUT, and appends the first line of its output, without blanks at its end,
 * to ret_line; nothing when there is none. The rest of the output is read, up to MAX bytes in all
 * (else RESOURCE), and forgotten. An exit status other than 0, death by a signal and the deadline,
 * at which its process group is killed, are RETRY, and the error names the program. Its standard
 * error is ours. */
int command_run(const char *line, const struct buf *input, size_t max, int64_t timeout_ms,
                struct buf *ret_line, struct err *err);

#endif
