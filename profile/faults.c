#include "profile/faults.h"

int faults_note(struct faults *more, int rc, const struct err *fault, struct err *err)
{
    if (rc < 0) {
        if (more && more->n < FAULTS_MAX)
            more->v[more->n++] = *fault;
        return rc;
    }
    if (err)
        *err = *fault;
    return -(int)fault->class;
}

bool faults_wanted(const struct faults *more, const struct err *fault)
{
    return more && more->n < FAULTS_MAX && fault->class == ERR_CONFIG;
}
