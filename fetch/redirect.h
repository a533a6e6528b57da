/* Which redirects signet-fetch follows: pure. What is sent is for the host that the profile names,
 * and for no other. */
#ifndef SIGNET_FETCH_REDIRECT_H
#define SIGNET_FETCH_REDIRECT_H

#include "base/err.h"

#include <stdbool.h>

/* STATUS came for FROM, with TO as an absolute URL (NULL: none). 1: the same request, POST
 * included, is to be sent to TO: the same scheme, host and port, or from http to https of the same
 * host. 0: this is an answer as any other. CONFIG: it leads elsewhere, or asks for what makes no
 * sense for a POST; the error names where to.
 *
 * 301, 302, 307 and 308 keep the request as it is. RFC 9110 section 15.4 lets a client turn a POST
 * into a GET after the first two, which no SCEP server that moved can mean; 303 says just that, so
 * it is followed for a GET only. */
int fetch_redirect(int status, bool post, const char *from, const char *to, struct err *err);

#endif
