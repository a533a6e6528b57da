/* The variables that managements of Apple devices replace in a profile before it is installed. */
#ifndef SIGNET_IMPORT_APPLE_VARIABLES_H
#define SIGNET_IMPORT_APPLE_VARIABLES_H

#include "base/buf.h"

/* "%Name%" and "$NAME", which become one of ours or, where OURS is NULL, cannot. */
struct apple_variable {
    const char *theirs, *ours;
};

/* Ends with a row whose theirs is NULL. */
extern const struct apple_variable apple_variables[];

/* Appends TEXT with their variables as ours. CONFIG: a variable that we have no value for, and what
 * would read as one of ours though it was plain text ("{{"). */
int apple_variables_map(const char *text, struct buf *ret, struct err *err);

#endif
