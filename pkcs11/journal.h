/* One line to the system's log, from inside somebody else's process: no openlog(), whose state
 * belongs to the application, no descriptor kept, never waiting. */
#ifndef SIGNET_PKCS11_JOURNAL_H
#define SIGNET_PKCS11_JOURNAL_H

#include <syslog.h> /* LOG_WARNING and its like */

void journal_line(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
