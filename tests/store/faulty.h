/* A disk that fails, or a process that is killed, at a chosen call: the linker's --wrap puts these
 * between the store and libc. Also keeps account of what a power cut would lose. */
#ifndef SIGNET_TESTS_STORE_FAULTY_H
#define SIGNET_TESTS_STORE_FAULTY_H

#include <stdbool.h>

enum fault {
    FAULT_NONE,
    FAULT_KILLED,      /* _exit(FAULTY_EXIT) in place of the call */
    FAULT_TORN,        /* as KILLED, but a write has done half its work */
    FAULT_FULL_ONCE,   /* ENOSPC, this once */
    FAULT_FULL,        /* ENOSPC from here on, for all that needs room */
    FAULT_BROKEN_ONCE, /* EIO, this once */
};

#define FAULTY_EXIT 99

/* Arms FAULT for the NUMBER-th call from now on, beginning with 1; FAULT_NONE only counts and keeps
 * account. */
void faulty_arm(enum fault fault, unsigned number);

/* Back to plain calls; returns how many there were. */
unsigned faulty_disarm(void);

/* Was something renamed into its place before it was fsynced, or is a rename not fsynced at the
 * end? Ends the account. */
bool faulty_would_lose(void);

#endif
