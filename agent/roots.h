/* What the server of a profile is believed by: the profile's root, and, once that has ended, what
 * its CA has said comes after it. */
#ifndef SIGNET_AGENT_ROOTS_H
#define SIGNET_AGENT_ROOTS_H

#include "agent/agent.h"
#include "store/key.h"

struct roots {
    STACK_OF(X509) *anchors; /* trusted */
    STACK_OF(X509) *known;   /* of the CA, besides what the server gives; NULL: none */
    STACK_OF(X509) *issuers; /* conf.d's intermediates, which are not trusted by themselves */
};

void roots_free(struct roots *roots);

/* Reads conf.d's root and the entry's next-ca.pem. That counts only for the root that it came from,
 * the same certificate as conf.d has now, and only when this one has ended at NOW: an administrator
 * who puts another root into its place has the last word. */
int roots_read(const struct agent *agent, const struct profile *profile, const struct entry *entry,
               int64_t now, struct roots *ret, struct err *err);

/* Keeps what rollover_open() gave, for that time. CONFIG: the same CA has told of a younger one
 * before, and what is signed carries no date: that one stays. The entry is locked. */
int roots_keep_next(struct entry *entry, const STACK_OF(X509) *next, struct err *err);

#endif
