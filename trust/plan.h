/* What is to be done so that the distribution's folder holds the anchors that the profiles want,
 * and nothing is touched that is not ours. Pure. */
#ifndef SIGNET_TRUST_PLAN_H
#define SIGNET_TRUST_PLAN_H

#include "base/buf.h"
#include "base/sha256.h"

#define PLAN_NAME_MAX 63

/* A file in the folder: one that is wanted, one that is there, or one that the manifest says we put
 * there. */
struct plan_file {
    char name[PLAN_NAME_MAX + 1];
    char digest[SHA256_HEX]; /* of the content; "": not known, and equal to no other */
    struct buf content;      /* of those wanted */
};

struct plan_files {
    struct plan_file *v;
    size_t n;
};

void plan_files_free(struct plan_files *files);

/* Appends. CONTENT, which may be NULL, is taken over. RESOURCE for a name that is too long. */
int plan_files_add(struct plan_files *files, const char *name, const char *digest,
                   struct buf *content, struct err *err);

enum plan_step {
    PLAN_KEEP,    /* ours, and stays as it is */
    PLAN_ADD,     /* not there yet */
    PLAN_REPLACE, /* ours, with another certificate than the profile's */
    PLAN_REMOVE,  /* ours, and no profile wants it */
    PLAN_FORGET,  /* ours once, and already gone */
    PLAN_SAME,    /* not ours, but just what the profile wants */
    PLAN_BLOCKED, /* not ours, and in the way of what the profile wants */
    PLAN_FOREIGN, /* not ours, and nobody asks for it */
};

struct plan_action {
    enum plan_step step;
    const char *name;                /* borrowed from one of the lists */
    const struct plan_file *wanted;  /* of ADD and REPLACE */
    const struct plan_file *present; /* of KEEP */
};

struct plan {
    struct plan_action *v; /* sorted by name */
    size_t n;
};

void plan_free(struct plan *plan);

/* A file is ours when the manifest has its name with its digest: one that somebody else has since
 * changed is not. WANTED with digest "": a profile names it, but its certificate is of no use; what
 * is there stays. Without MAY_REMOVE nothing is removed. The lists must outlive the plan. */
int plan_make(const struct plan_files *wanted, const struct plan_files *present,
              const struct plan_files *manifest, bool may_remove, struct plan *ret,
              struct err *err);

#endif
