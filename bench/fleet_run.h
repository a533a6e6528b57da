/* Devices with one certificate each, in simulated time. What each of them does, and when, is
 * decided by the agent's own engine and schedule; here are only the clock, the servers and the
 * power. */
#ifndef SIGNET_BENCH_FLEET_RUN_H
#define SIGNET_BENCH_FLEET_RUN_H

#include "bench/fleet_load.h"

/* A stretch of time, in seconds from the beginning; empty: never. */
struct fleet_time {
    int64_t from, to;
};

struct fleet {
    /* What there is. */
    uint32_t devices;
    int64_t life;       /* of a certificate */
    unsigned threshold; /* percent left */
    int64_t interval;   /* [agent] interval */
    int64_t enrolled;   /* all begin within this time; 0: in one minute */
    int64_t end;        /* of the simulation */
    /* What goes wrong. */
    struct fleet_time dead[LOAD_URLS];   /* it does not answer, and is passed over */
    struct fleet_time broken[LOAD_URLS]; /* it answers at first, and then fails the request */
    uint32_t capacity;      /* requests that a URL serves in a minute; it fails the rest;
                               0: any number */
    struct fleet_time dark; /* no power: then all boot in one minute */
};

/* Fills LOAD, which is to be closed. Returns how many devices have a certificate at the end. */
uint32_t fleet_run(const struct fleet *fleet, struct load *load);

#endif
