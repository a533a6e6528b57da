/* Processes: what every daemon does to itself, and running a helper under limits. */
#ifndef SIGNET_BASE_PROC_H
#define SIGNET_BASE_PROC_H

#include "base/buf.h"
#include "base/clock.h"

#include <stdbool.h>
#include <sys/types.h>

/* For processes that see keys or challenges: no core file, no ptrace by the same uid, no new
 * privileges, SIGPIPE ignored; SIGCHLD not ignored, as whoever started us may have left it; and no
 * variable by which OpenSSL and tpm2-tss would load other settings or code than the system's.
 * Before these are first used. */
int proc_harden(struct err *err);

/* When root: become the owner of the directory PATH for good (groups, gid, uid) and prove that
 * there is no way back. When the owner is root, or we are not root, nothing changes. */
int proc_become_owner_of(const char *path, struct err *err);

/* When root: become nobody, in no group, for good: for processes that need no rights at all. When
 * we are not root, nothing changes. Fails where a container has no such uid. */
int proc_become_nobody(struct err *err);

/* Ends this process by SIGALRM in MS milliseconds, unless it is called again before; 0: never. For
 * processes that may be killed anywhere, against what hangs for ever. Not inherited by children. */
void proc_end_after(int64_t ms);

/* Does WORK come to an end before the deadline? Found out in a process of its own, which is killed
 * if not: for calls that take no deadline. RESOURCE when no process can be had. */
int proc_try(void (*work)(void), deadline until, bool *ret_ends, struct err *err);

/* Address space at most what is in use now and ROOM bytes more, for this process and its children.
 */
int proc_limit_memory(size_t room, struct err *err);

/* Starts ARGV[0] (an absolute path) with a clean environment and SETTING ("NAME=VALUE"; NULL:
 * none), standard error passed through, and one stream socket as its standard input and output;
 * ret_fd is our end of it. */
int proc_start(char *const argv[], const char *setting, pid_t *ret_pid, int *ret_fd,
               struct err *err);

/* Kills the process group of what proc_start() started: proc_end() is still to come, and waits for
 * it. A pid of 0 is none. */
void proc_kill(pid_t pid);
void proc_end(pid_t pid);

/* As proc_start(), feeds it INPUT, and collects at most MAX bytes of output. At the deadline its
 * process group is killed. ret_status is the exit status; being killed by a signal is an error that
 * names the program. */
int proc_run(char *const argv[], const struct buf *input, size_t max, deadline until,
             struct buf *ret_output, int *ret_status, struct err *err);

#endif
