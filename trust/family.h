/* Families of distributions: where each wants a local trust anchor put, and what it then wants run.
 */
#ifndef SIGNET_TRUST_FAMILY_H
#define SIGNET_TRUST_FAMILY_H

#include "base/err.h"

#include <stdbool.h>

struct family {
    const char *name;
    const char *folder;   /* anchors are put here; a machine that has it is of this family */
    const char *suffix;   /* of their names */
    char *const *add;     /* the command to run when files were only added */
    char *const *rebuild; /* ... and when files were changed or removed */
};

/* The first family whose folder is there below ROOT ("" for the machine itself). CONFIG when there
 * is none; the error names the package to install. */
int family_detect(const char *root, const struct family **ret, struct err *err);

/* Runs the command, two minutes at most. What it printed is in the error when it fails. */
int family_update(const struct family *family, bool rebuild, struct err *err);

#endif
