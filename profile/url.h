/* URLs as profiles have them. */
#ifndef SIGNET_PROFILE_URL_H
#define SIGNET_PROFILE_URL_H

#include <stdbool.h>
#include <stddef.h>

/* What is wrong with a URL, as a static phrase to stand behind it, and which part of it that is. */
struct url_fault {
    const char *text; /* NULL: nothing */
    const char *at;
    size_t len;
};

/* Is it an absolute http or https URL of at most 1000 characters that a server can be asked with?
 */
struct url_fault url_fault(const char *url);

/* The host of a URL, without the brackets of an IPv6 address, and how long it is. Borrowed. */
const char *url_host(const char *url, size_t *ret_len);

/* Does what is sent there cross a network in clear? http, and not to this machine itself. */
bool url_is_exposed(const char *url);

#endif
