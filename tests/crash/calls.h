/* The system calls that change something outside the process, and what can befall each. */
#ifndef SIGNET_TESTS_CRASH_CALLS_H
#define SIGNET_TESTS_CRASH_CALLS_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

enum what_befalls {
    BEFALL_KILL,     /* the process is killed and the call is never made */
    BEFALL_KILL_ALL, /* and so is the agent, whose child it is */
    BEFALL_ERROR,
    BEFALL_SHORT, /* it writes half of what it was given */
};

/* Bits of a call's faults, in the order of faults[]. */
enum {
    F_KILL = 1 << 0,
    F_KILL_ALL = 1 << 1,
    F_ENOSPC = 1 << 2,
    F_EDQUOT = 1 << 3,
    F_EIO = 1 << 4,
    F_EROFS = 1 << 5,
    F_EINTR = 1 << 6,
    F_ENOBUFS = 1 << 7,
    F_ECONNRESET = 1 << 8,
    F_ENOLCK = 1 << 9,
    F_SHORT = 1 << 10,
    F_FULL = 1 << 11,
    F_READ_ONLY = 1 << 12,
};

struct fault {
    const char *name;
    enum what_befalls what;
    int number;    /* errno */
    bool lasting;  /* from that call on, at each that it can befall */
    bool harmless; /* POSIX says to go on: nobody may notice */
};

#define N_FAULTS 13
extern const struct fault faults[N_FAULTS];

enum call_kind { CALL_NAME, CALL_DATA, CALL_SYNC, CALL_SYNC_ALL, CALL_SEND };

struct writing {
    int number; /* of the system call */
    const char *name;
    enum call_kind kind;
    unsigned faults; /* of a file's or folder's; a socket's and a pipe's are CALLS_SEND */
};

#define CALLS_SEND (F_KILL | F_KILL_ALL | F_EINTR | F_ENOBUFS | F_ECONNRESET | F_SHORT)

/* The call of that number; NULL when it is none that writes. */
const struct writing *calls_find(int number);

/* sendmsg() on this descriptor is let through: the supervisor is handed its own end there. */
#define CALLS_HANDOVER 200

#define CALLS_FILTER_MAX 256

/* The seccomp filter that has a supervisor asked before each of them. Returns its length. */
size_t calls_filter(struct sock_filter filter[CALLS_FILTER_MAX]);

#endif
