/* URLs as profiles have them. */
#ifndef SIGNET_PROFILE_URL_H
#define SIGNET_PROFILE_URL_H

#include <stdbool.h>

/* NULL for an absolute http or https URL of at most 1000 characters that a server can be asked
 * with. Otherwise a static phrase to stand behind it: what is wrong. */
const char *url_fault(const char *url);

/* Does what is sent there cross a network in clear? http, and not to this machine itself. */
bool url_is_exposed(const char *url);

#endif
