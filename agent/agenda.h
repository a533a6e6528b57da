/* When the daemon's next run is due, and which. Pure: times go in as seconds since 1970. */
#ifndef SIGNET_AGENT_AGENDA_H
#define SIGNET_AGENT_AGENDA_H

#include <stdbool.h>
#include <stdint.h>

/* A look at the store at least this often (seconds): the clock may be set, a suspended machine
 * wakes late. */
#define AGENDA_SLEEP_MAX 600

enum agenda_run {
    AGENDA_NOTHING,
    AGENDA_DUE,     /* what a back-off, a poll or a renewal makes due */
    AGENDA_ROUTINE, /* a policy cycle because it is time, or because we have just begun */
    AGENDA_CYCLE,   /* a policy cycle because somebody wants one */
};

/* Zeroed: a routine cycle now. */
struct agenda {
    int64_t next_cycle; /* 0: now */
    int64_t next_due;
    int64_t interval;        /* between cycles, as the last report had it */
    int64_t hint;            /* agenda_hint() during the run under way; 0: none */
    bool wanted;             /* the next cycle, by somebody */
    enum agenda_run running; /* the run under way */
};

/* What a run has to say at its end. */
struct agenda_report {
    int64_t interval;
    int64_t next_due; /* 0: nothing is known */
};

/* What to start now. While a run is under way that is nothing. */
enum agenda_run agenda_start(struct agenda *agenda, int64_t now);

/* The run has ended. REPORT is NULL when it died, or could not be started. */
void agenda_end(struct agenda *agenda, const struct agenda_report *report, uint64_t seed,
                int64_t now);

/* Somebody wants a cycle: whatever is planned, it comes next, also after the one under way: it may
 * have read the profiles before they changed. */
void agenda_reload(struct agenda *agenda);

/* Somebody else's work, a sign-in for one, has left something that is due at WHEN. */
void agenda_hint(struct agenda *agenda, int64_t when);

/* Milliseconds until agenda_start() is to be called again. */
int agenda_sleep(const struct agenda *agenda, int64_t now);

#endif
