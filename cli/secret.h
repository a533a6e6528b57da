/* What of a line of conf.d may be shown: nobody's challenge or password. */
#ifndef SIGNET_CLI_SECRET_H
#define SIGNET_CLI_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* The offset from which on a line may hold a secret; LEN when it holds none. Of "challenge =
 * static:abc" it is that of "abc"; of a line that only looks like it (a key that is near
 * "challenge", a password, what stands before the '@' of an address) that of what follows. Rather
 * too much than too little.
 *
 * *RET_GOES_ON: the lines that continue this one may hold it, or more of it, too: also when all of
 * it stands there, below "challenge =". */
size_t secret_begin(const char *line, size_t len, bool *ret_goes_on);

#endif
