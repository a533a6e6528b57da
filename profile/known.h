/* Values that a slow source has given, so that it is asked once: also that it has nothing to say,
 * or that it failed. For one process that lives as long as one piece of work. */
#ifndef SIGNET_PROFILE_KNOWN_H
#define SIGNET_PROFILE_KNOWN_H

#include "base/buf.h"

struct known_value {
    char *question;
    int rc; /* 1: value; 0: none; negative: why */
    struct buf value;
    char *why; /* the error's text; NULL for none */
};

/* Zeroed is empty. */
struct known {
    struct known_value *v; /* sorted by question */
    size_t n;
    size_t bytes; /* of all of it */
};

/* The memory that it may take: a value for each of ten thousand users, and more. */
#define KNOWN_BYTES_MAX (32u * 1024 * 1024)

void known_free(struct known *known);

/* NULL when it was not asked yet. */
const struct known_value *known_find(const struct known *known, const char *question);

/* Gives the answer on: appends the value, or fills ERR. Returns its rc. */
int known_give(const struct known_value *answer, struct buf *ret, struct err *err);

/* Keeps a copy of the answer to a question that was not asked yet. VALUE is looked at when RC is 1,
 * WHY when it is negative. Past KNOWN_BYTES_MAX it begins anew. */
int known_keep(struct known *known, const char *question, int rc, const struct buf *value,
               const struct err *why, struct err *err);

#endif
