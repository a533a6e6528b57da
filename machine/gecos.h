/* People's names in the GECOS field of passwd(5). */
#ifndef SIGNET_MACHINE_GECOS_H
#define SIGNET_MACHINE_GECOS_H

#include "base/buf.h"

enum gecos_part { GECOS_GIVEN_NAME, GECOS_SURNAME };

/* Appends one part of the name that a GECOS field begins with; returns 1, or 0 when the field does
 * not tell it. "Jane Q Doe,Room 5,555" is a full name and then other things: its last word is the
 * surname, the rest are given names; a name of one word is a given name. "Doe, Jane", as
 * directories write it, is known by one word before the comma and a blank behind it. "Jane Doe,
 * Sales" could be either way: a wrong name in a certificate is worse than none. Of an account in
 * passwd(5), whose user may write what is behind the comma, only what is before it may be given. */
int gecos_name(const char *gecos, enum gecos_part part, struct buf *ret, struct err *err);

#endif
