/* In which ways to ask, and in which order: pure. */
#ifndef SIGNET_SCEP_WAY_H
#define SIGNET_SCEP_WAY_H

#include "scep/message.h"

#define WAYS_MAX 3

/* One way to ask: the message, who signs it, and whether the challenge goes with it. */
struct way {
    enum message_type type;
    bool by_old;
    bool with_challenge;
    const char *name;
};

/* Fills RET, best first, and returns how many there are, at least one. A renewal is a RenewalReq
 * where the server knows it, else a PKCSReq signed by the old certificate, and in the end a request
 * as if there had been none: servers advertise Renewal and refuse it. A poll is signed by who has
 * signed the request, and goes on from there only where that one cannot open what comes. HAS_OLD:
 * there is an old certificate, and it has not expired, or has signed the request. */
size_t way_plan(unsigned caps, bool has_old, bool poll, struct way ret[WAYS_MAX]);

/* What came of one way. */
enum way_end {
    WAY_DONE,    /* there is nothing more to ask */
    WAY_REFUSED, /* the server wants none of it */
    WAY_CLOSED,  /* the CA has granted it, and who signed cannot open the answer */
};

/* The way to go after I of N, N when there is none. */
size_t way_next(const struct way *ways, size_t n, size_t i, enum way_end end);

#endif
