/* What keyd gives up before it listens to anyone. */
#ifndef SIGNET_PKCS11_CONFINE_H
#define SIGNET_PKCS11_CONFINE_H

#include "base/err.h"

#include <stdbool.h>

/* From here on, for this process and its children: no file is written, made, renamed or removed,
 * nothing is executed, and no TCP connection is made (Landlock, as far as this kernel has it).
 * Reading stays: NSS needs it, and the peer that would gain from a broken child may read the same
 * files outside the store by itself. RET_CONFINED: false when the kernel has no Landlock. Needs
 * no_new_privs. */
int confine_files(bool *ret_confined, struct err *err);

/* Address space at most what is in use now and ROOM bytes more. */
int confine_memory(unsigned long room, struct err *err);

#endif
