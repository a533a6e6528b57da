/* Object identifiers in dotted form. */
#ifndef SIGNET_PROFILE_OID_H
#define SIGNET_PROFILE_OID_H

#include <stdbool.h>

/* Two arcs or more, the first 0-2, the second below 40 under 0 and 1, no needless zeros, every arc
 * below 2^32, at most 63 characters (X.660). */
bool oid_valid(const char *text);

#endif
