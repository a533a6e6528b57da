/* swtpm as a process beside a test, for those that use Check and those that do not. */
#ifndef SIGNET_TESTS_SWTPM_SPAWN_H
#define SIGNET_TESTS_SWTPM_SPAWN_H

#include <sys/types.h>

/* It keeps what it knows in FOLDER, listens there at `s`, and ends with whoever started it. Once
 * this returns, it answers; -1: it does not within WAIT_MS. */
pid_t swtpm_spawn(const char *folder, int wait_ms);

/* Ends it, and forgets it. */
void swtpm_end(pid_t *pid);

#endif
