/* Profiles while a set is put together: what was read, with or without faults, until it is known
 * which of them stand. */
#ifndef SIGNET_PROFILE_DRAFT_H
#define SIGNET_PROFILE_DRAFT_H

#include "profile/profile.h"

struct draft {
    struct profile profile; /* its name is "" when the section's head was wrong */
    size_t order;           /* in which it was read */
    struct span head;       /* of its section */
    struct span root;       /* what names its root */
    bool faulty;
    bool rootless;  /* its root is all that is wrong with it */
    size_t problem; /* which of the set's problems left it out, when it is faulty */
};

struct drafts {
    struct draft *v;
    size_t n;
};

void drafts_free(struct drafts *drafts);

/* Reads every section; faults become problems of SET. */
int drafts_read(struct drafts *drafts, const struct conf *conf, const char *folder,
                struct profile_set *set, struct err *err);

/* Sorts by kind and name; then finds names that stand twice and roots that do not stand. */
int drafts_resolve(struct drafts *drafts, struct profile_set *set, struct err *err);

#endif
