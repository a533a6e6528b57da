/* A thing that is cut short in every way there is, and what has to hold then. */
#ifndef SIGNET_TESTS_CRASH_TRIAL_H
#define SIGNET_TESTS_CRASH_TRIAL_H

#include "tests/crash/place.h"
#include "tests/crash/whole.h"

enum ending {
    END_NEW,     /* another certificate than before, with a key of its own */
    END_PENDING, /* the CA has not decided; what was there is there */
    END_GONE,    /* no entry, and word of why */
    END_OTHER,   /* the trial's own look() knows */
};

struct trial {
    const char *name;
    /* Fills PLACE/conf and PLACE/base. */
    void (*prepare)(const struct place *place);
    const char *rules; /* what the CA does afterwards */
    /* What is run, and run again until it ends well, in WORK, a copy of PLACE/base. Its texts are
     * good until the next call. */
    struct command (*command)(const struct place *place, const char *work);
    const char *entry; /* as "device/wifi" */
    enum ending ending;
    bool old_may_go;     /* what was there before is not to be had any more */
    unsigned runs;       /* in which it ends well, when nothing befalls it; 0: one */
    const char *setback; /* what those before the last one say then */
    bool anew;           /* after which it may be another transaction */
    const char *leaves;  /* a file of the entry that is there at the end; NULL: as usual */
    bool with_tpm;
    /* Makes its copy of PLACE/base another one than all others; NULL: they are alike. */
    void (*tell_apart)(const char *work);
    /* As whole_look(), for what is no store; NULL: it is one, WORK/store. */
    const char *(*look)(const struct place *place, const char *work, enum tidiness tidiness);
    bool in_brief;   /* also where there is little time */
    unsigned one_of; /* then at one of so many calls only; 0: at each */
};

struct totals {
    unsigned kills, errors, cuts, failures;
};

/* At each point it is killed, and every error befalls it, with BRIEF one of them. Prints a line. */
void trial_run(const struct place *place, const struct trial *trial, bool brief,
               struct totals *totals);

struct trials {
    const struct trial *v;
    size_t n;
};

extern const struct trials enrolments, removals, tpm_keys, roots, anchors;

#endif
