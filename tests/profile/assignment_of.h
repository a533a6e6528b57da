/* What a profile's lines say about whom it is for. */
#ifndef SIGNET_TESTS_PROFILE_ASSIGNMENT_OF_H
#define SIGNET_TESTS_PROFILE_ASSIGNMENT_OF_H

#include "profile/profile.h"

/* Puts the assignment of these lines (the first is line 2 of the file "f") into PROFILE, to be
 * freed with assignment_free(). */
void assignment_of(const char *lines, struct profile *profile);

#endif
