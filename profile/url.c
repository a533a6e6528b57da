#include "profile/url.h"

#include "base/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define URL_MAX 1000 /* the store keeps it in 1024 bytes */

/* HOST or HOST:PORT or [IPv6]:PORT. */
static const char *authority_fault(const char *host, size_t len)
{
    if (memchr(host, '@', len))
        return "holds a user name or password, which would end up in logs: use challenge =";
    size_t name = *host == '[' && memchr(host, ']', len)
                      ? (size_t)((const char *)memchr(host, ']', len) + 1 - host)
                      : strcspn(host, ":/?#");
    name = name < len ? name : len;
    if (name == 0 || (*host == '[' && host[name - 1] != ']'))
        return "has no host";
    if (name == len)
        return NULL;
    char port[7] = "";
    int64_t n;
    if (host[name] != ':' || len - name - 1 >= sizeof port)
        return "has a port that is no number from 1 to 65535";
    memcpy(port, host + name + 1, len - name - 1);
    return text_number(port, 1, 65535, &n) ? NULL : "has a port that is no number from 1 to 65535";
}

static size_t scheme_length(const char *url)
{
    return strncasecmp(url, "https://", 8) == 0 ? 8 : strncasecmp(url, "http://", 7) == 0 ? 7 : 0;
}

const char *url_fault(const char *url)
{
    size_t scheme = scheme_length(url);
    if (!scheme)
        return "must begin with https:// or http://";
    if (strlen(url) > URL_MAX)
        return "is longer than 1000 characters";
    for (const char *p = url; *p; p++)
        if (!isascii(*p) || !isgraph((unsigned char)*p) || strchr("\"<>\\^`{|}", *p))
            return "holds a character that a URL must not hold: escape it as %XX, a host in "
                   "punycode";
    if (strchr(url, '#'))
        return "holds a '#', which no server is ever sent";
    return authority_fault(url + scheme, strcspn(url + scheme, "/?"));
}

bool url_is_exposed(const char *url)
{
    static const char *const here[] = {"localhost", "127.0.0.1", "[::1]"};
    size_t scheme = scheme_length(url);
    for (size_t i = 0; i < LENGTH(here); i++) {
        size_t len = strlen(here[i]);
        if (strncasecmp(url + scheme, here[i], len) == 0 && strchr(":/?", url[scheme + len]))
            return false; /* strchr() finds the end, too */
    }
    return scheme == 7;
}
