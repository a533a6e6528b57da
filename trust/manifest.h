/* Which files in the distribution's folder are ours: a list as sha256sum(1) writes it, in a folder
 * that root owns and the agent cannot write. */
#ifndef SIGNET_TRUST_MANIFEST_H
#define SIGNET_TRUST_MANIFEST_H

#include "trust/plan.h"

struct manifest {
    struct plan_files files;
    bool unfinished; /* files may have changed, and the distribution's command has not run since */
};

void manifest_free(struct manifest *manifest);

/* Reads it from the open folder FD. A missing file is an empty manifest; one that we did not write
 * is CONFIG: nothing can be removed on the strength of it. */
int manifest_read(int fd, struct manifest *ret, struct err *err);

int manifest_write(int fd, const struct manifest *manifest, struct err *err);

/* The text of it, and back. WHAT names it in errors. */
int manifest_parse(const char *text, size_t len, const char *what, struct manifest *ret,
                   struct err *err);
int manifest_print(const struct manifest *manifest, struct buf *ret, struct err *err);

#endif
