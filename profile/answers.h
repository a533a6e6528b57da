/* What a slow source has said, so that it is asked once: also that it has nothing to say, or that
 * it failed. For one process that lives as long as one piece of work. */
#ifndef SIGNET_PROFILE_ANSWERS_H
#define SIGNET_PROFILE_ANSWERS_H

#include "base/buf.h"

struct answers_item {
    char *question;
    int rc; /* 1: value; 0: none; negative: why */
    struct buf value;
    struct err why;
};

/* Zeroed is empty. */
struct answers {
    struct answers_item *v;
    size_t n;
};

void answers_free(struct answers *answers);

/* NULL when it was not asked yet. */
const struct answers_item *answers_find(const struct answers *answers, const char *question);

/* Gives the answer on: appends the value, or fills ERR. Returns its rc. */
int answers_give(const struct answers_item *answer, struct buf *ret, struct err *err);

/* Keeps a copy. VALUE is looked at when RC is 1, WHY when it is negative. After some hundred
 * questions it begins anew. */
int answers_keep(struct answers *answers, const char *question, int rc, const struct buf *value,
                 const struct err *why, struct err *err);

#endif
