/* One run of a trial, in a folder of its own, with what befalls it. */
#ifndef SIGNET_TESTS_CRASH_RUN_H
#define SIGNET_TESTS_CRASH_RUN_H

#include "tests/crash/power.h"
#include "tests/crash/trial.h"

#define RUN_CALLS_MAX 1024

/* What a run that nothing befell has shown. */
struct rehearsal {
    struct call calls[RUN_CALLS_MAX];
    unsigned n, n_own; /* of all processes; of the program itself */
    /* What power cuts would have left, in the folders run_cut_path() tells of. */
    unsigned n_cuts;
    unsigned asked; /* the first of them after a server was asked */
    bool has_asked;
    char last_cut[2][65]; /* digests, by enum power_cut */
};

struct run {
    const struct place *place;
    const struct trial *trial;
    char work[96];
    struct whole before; /* as the trial began */
    struct power *power; /* what is on the disk; NULL: nobody wants to know */
    struct rehearsal *rehearsal;
    /* What is to befall which call, and what came of it. */
    const struct fault *fault;
    struct call at;
    bool struck;
    bool told;         /* of the error */
    bool child_struck; /* in the first run, and the program itself lived on */
};

bool run_kills(const struct fault *fault);

/* Where cut NUMBER of what was rehearsed in WORK is. */
void run_cut_path(const char *work, unsigned number, char ret[128]);

/* A fresh copy of what is there before. */
void run_begin(struct run *run);

/* Runs it once. */
void run_go(struct run *run, bool supervised, struct ended *ret);

/* It did not end well, as it may where another run follows. */
bool run_is_set_back(const struct run *run, const struct ended *ended);

/* Runs it until it ends well; what is wrong otherwise, or with what it left behind. */
const char *run_finish(struct run *run, struct whole *ret);

#endif
