/* Landlock (kernel 5.13 and later): what a process gives up before it listens to anyone. */
#ifndef SIGNET_BASE_LANDLOCK_H
#define SIGNET_BASE_LANDLOCK_H

#include "base/err.h"

#include <stdbool.h>

/* From here on, for this process and its children: no file is written, made, renamed or removed and
 * nothing is executed, as far as this kernel's Landlock goes. READABLE, a list that ends with NULL:
 * nothing else is read either (paths that do not exist are passed over); NULL: reading stays as it
 * is. WRITABLE, such a list or NULL: files that may be written all the same. Without TCP, no TCP
 * connection is made or taken.
 *
 * *ret_confined is false, and 0 is returned, where the kernel has no Landlock: the caller says so.
 * Needs no_new_privs (proc_harden). */
int landlock_confine(const char *const *readable, const char *const *writable, bool tcp,
                     bool *ret_confined, struct err *err);

#endif
