/* Distinguished names as a directory writes them: RFC 4514. */
#ifndef SIGNET_PROFILE_DN_H
#define SIGNET_PROFILE_DN_H

#include "profile/name.h"

#define DN_MAX 64 /* AVAs in one name */

/* Appends the RDNs to RET in the order of the text. Backslash escapes and hex pairs are resolved;
 * values in '#' form are refused, as are attribute types that name_key() does not know. CONFIG says
 * what is wrong. */
int dn_parse(const char *text, size_t len, struct name *ret, struct err *err);

#endif
