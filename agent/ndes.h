/* The page on which Microsoft's Network Device Enrollment Service shows a one-time challenge
 * (…/certsrv/mscep_admin/), pure: bytes in, password out. */
#ifndef SIGNET_AGENT_NDES_H
#define SIGNET_AGENT_NDES_H

#include "base/buf.h"

#define NDES_PAGE_MAX (256u * 1024)

/* Appends the password of PAGE: the word of 8, 16 or 32 hex digits that stands alone in bold, or
 * behind "password is:"; with a PATTERN (pattern_compile()) what its first group finds in the text
 * of the page, without tags and with single blanks. The page is UTF-16 of either order or UTF-8,
 * with or without a byte order mark.
 *
 * RETRY: NDES has given away as many passwords as it may have open. DENIED: the account may not ask
 * for one. CONFIG: it is another page; of its text no more than the title is repeated, for a
 * password that was not found may be in it. RESOURCE: too large. */
int ndes_password(const struct buf *page, const char *pattern, struct buf *ret, struct err *err);

/* Appends PAGE in UTF-8, as it is; what is no character is U+FFFD. */
int ndes_decode(const struct buf *page, struct buf *ret, struct err *err);

#endif
