/* All that is wrong with one value. Its parser returns the first fault as any error, and those
 * behind it here, so that nobody has to mend a line once for each of them. */
#ifndef SIGNET_PROFILE_FAULTS_H
#define SIGNET_PROFILE_FAULTS_H

#include "base/err.h"

#include <stdbool.h>

/* Behind the first one. A value with more is hardly meant for its key, and nobody reads on. */
#define FAULTS_MAX 7

/* Zeroed is empty. */
struct faults {
    struct err v[FAULTS_MAX];
    size_t n;
};

/* RC is what the parser would return so far. Returns what it would return now: the first fault goes
 * to ERR, any other to MORE. */
int faults_note(struct faults *more, int rc, const struct err *fault, struct err *err);

/* After a fault was noted: is there anybody who wants another (MORE is NULL: nobody), and room for
 * it? Not after one that is none of the value's. */
bool faults_wanted(const struct faults *more, const struct err *fault);

#endif
