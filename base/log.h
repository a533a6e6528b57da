/* Log lines for daemons, on standard error. Under systemd each carries the <N> prefix that the
 * journal turns into a priority; on a terminal the prefix is left out. Never a secret. */
#ifndef SIGNET_BASE_LOG_H
#define SIGNET_BASE_LOG_H

#include <syslog.h> /* LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG */

/* NAME (borrowed for ever) stands before each line; lines above MAX_PRIORITY are dropped. The first
 * thing that a daemon does: whichever of the standard descriptors is closed becomes /dev/null. */
void log_open(const char *name, int max_priority);

void log_line(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
