/* Values that a slow source has given, so that it is asked once: also that it has nothing to say,
 * or that it failed. For one process that lives as long as one piece of work. */
#ifndef SIGNET_PROFILE_KNOWN_H
#define SIGNET_PROFILE_KNOWN_H

#include "base/buf.h"

struct known_value {
    char *question;
    int rc; /* 1: value; 0: none; negative: why */
    struct buf value;
    struct err why;
};

/* Zeroed is empty. */
struct known {
    struct known_value *v;
    size_t n;
};

void known_free(struct known *known);

/* NULL when it was not asked yet. */
const struct known_value *known_find(const struct known *known, const char *question);

/* Gives the answer on: appends the value, or fills ERR. Returns its rc. */
int known_give(const struct known_value *answer, struct buf *ret, struct err *err);

/* Keeps a copy. VALUE is looked at when RC is 1, WHY when it is negative. After some hundred
 * questions it begins anew. */
int known_keep(struct known *known, const char *question, int rc, const struct buf *value,
               const struct err *why, struct err *err);

#endif
