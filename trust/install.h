/* Brings the distribution's trust store in line with the profiles. */
#ifndef SIGNET_TRUST_INSTALL_H
#define SIGNET_TRUST_INSTALL_H

#include "base/text.h"
#include "profile/rule.h"

struct install_report {
    struct strings done;     /* one line for each change */
    struct strings warnings; /* files that were left alone */
    struct strings problems; /* anchors that are wanted and not installed */
};

void install_report_free(struct install_report *report);

/* Installs, replaces and removes what wanted_files() and the manifest in ROOT/var/lib/signet-apply
 * call for, then runs the distribution's command. Killed at any moment, the next run finishes it:
 * the manifest is written before any file, and says "unfinished" until the command has succeeded.
 * With a ROOT other than "" the command, which knows of no such thing, is not run. Nothing is
 * removed when the set is not complete. */
int install_anchors(const char *root, const struct profile_set *set,
                    const struct candidate *candidate, struct install_report *ret, struct err *err);

#endif
