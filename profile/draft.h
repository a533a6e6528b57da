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
    struct span tls;        /* what names the profile of its certificate for TLS */
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

/* By kind and name, once they are sorted; NULL when there is none. */
const struct draft *drafts_find(const struct drafts *drafts, enum profile_kind kind,
                                const char *name);

/* A SCEP profile whose tls-certificate leads nowhere, back to itself, or to another's key becomes
 * faulty. *RET_AGAIN is set then: it may be what another one names. */
int draft_tls_check(struct draft *draft, const struct drafts *drafts, struct profile_set *set,
                    bool *ret_again, struct err *err);

/* Sorts by kind and name; then finds names that stand twice, and roots and certificates for TLS
 * that do not stand. */
int drafts_resolve(struct drafts *drafts, struct profile_set *set, struct err *err);

#endif
