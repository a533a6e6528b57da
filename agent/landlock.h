/* Confines this process with Landlock (kernel 5.13 and later): it may read the system's
 * configuration and libraries and write nothing. The store is out of its reach. */
#ifndef SIGNET_AGENT_LANDLOCK_H
#define SIGNET_AGENT_LANDLOCK_H

#include "base/err.h"

#include <stdbool.h>

/* READABLE ends with NULL; paths that do not exist are passed over. *ret_confined is false, and 0
 * is returned, where the kernel lacks Landlock: the caller says so. Needs NO_NEW_PRIVS
 * (proc_harden). */
int landlock_confine(const char *const readable[], bool *ret_confined, struct err *err);

#endif
