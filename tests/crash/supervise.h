/* Runs a program under a supervisor that is asked before every system call that writes, of the
 * program and of its children, and may have it killed or fail there. By seccomp's user
 * notification: the program needs to know nothing of it. Needs root. */
#ifndef SIGNET_TESTS_CRASH_SUPERVISE_H
#define SIGNET_TESTS_CRASH_SUPERVISE_H

#include "base/buf.h"
#include "tests/crash/calls.h"

#include <stdint.h>
#include <sys/types.h>

/* A call that is about to be made. */
struct call {
    const struct writing *writing;
    bool child;      /* not of the program itself but of a process that it started */
    unsigned number; /* from 1, of the program's or of its children's */
    unsigned faults; /* that can befall it */
    bool on_disk;    /* of a file or folder, and not of what is told on standard error */
    pid_t pid;
    uint64_t arguments[6];
};

/* A descriptor of the file that its first argument is in that process; -1: there is none. */
int call_fd(const struct call *call);

struct command {
    const char *argv[16];
    const char *input; /* sent on its standard input, which is a socket then; NULL: nothing */
    void (*enter)(const char *work); /* in the new process, before anything else; NULL: nothing */
    const char *work;
};

struct ended {
    int status;      /* as waitpid() has it */
    bool hung;       /* and had to be killed */
    struct buf said; /* on standard error and output; of a socket, what was sent back */
};

void ended_free(struct ended *ended);

/* Says what befalls this call; NULL: nothing. */
typedef const struct fault *supervise_call(void *context, const struct call *call);

/* Returns once the program and all its children are gone. SUPERVISOR NULL: nobody is asked. */
void supervise(const struct command *command, supervise_call *supervisor, void *context,
               struct ended *ret);

#endif
