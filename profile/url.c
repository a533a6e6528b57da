#include "profile/url.h"

#include "base/text.h"
#include "base/utf8.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define URL_MAX 1000 /* the store keeps it in 1024 bytes */

/* HOST or HOST:PORT or [IPv6]:PORT. */
static struct url_fault authority_fault(const char *host, size_t len)
{
    const char *at = memchr(host, '@', len);
    if (at)
        return (struct url_fault){
            "holds a user name or password, which would end up in logs: use challenge-user and "
            "challenge-secret",
            host, (size_t)(at - host)};
    const char *bracket = *host == '[' ? memchr(host, ']', len) : NULL;
    size_t name = bracket ? (size_t)(bracket + 1 - host) : strcspn(host, ":/?#");
    name = name < len ? name : len;
    if (name == 0 || (*host == '[' && !bracket))
        return (struct url_fault){"has no host", host, name};
    if (name == len)
        return (struct url_fault){0};
    char port[7] = "";
    int64_t n;
    if (host[name] == ':' && len - name - 1 < sizeof port) {
        memcpy(port, host + name + 1, len - name - 1);
        if (text_number(port, 1, 65535, &n))
            return (struct url_fault){0};
    }
    return (struct url_fault){"has a port that is no number from 1 to 65535", host + name,
                              len - name};
}

/* "https://" or "http://": its length, 0 when it is neither. */
static size_t scheme_length(const char *url)
{
    return strncasecmp(url, "https://", 8) == 0 ? 8 : strncasecmp(url, "http://", 7) == 0 ? 7 : 0;
}

struct url_fault url_fault(const char *url)
{
    size_t scheme = scheme_length(url), len = strlen(url);
    if (!scheme)
        return (struct url_fault){"must begin with https:// or http://", url, strcspn(url, "/")};
    if (len > URL_MAX)
        return (struct url_fault){"is longer than 1000 characters", url, len};
    for (const char *p = url; *p; p++)
        if (!isascii(*p) || !isgraph((unsigned char)*p) || strchr("\"<>\\^`{|}", *p))
            return (struct url_fault){
                "holds a character that a URL must not hold: escape it as %XX, "
                "a host in punycode",
                p, utf8_next(p, strlen(p), &(uint32_t){0})};
    const char *fragment = strchr(url, '#');
    if (fragment)
        return (struct url_fault){"holds a '#', which no server is ever sent", fragment,
                                  strlen(fragment)};
    return authority_fault(url + scheme, strcspn(url + scheme, "/?"));
}

const char *url_host(const char *url, size_t *ret_len)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    bool bracket = *host == '[';
    *ret_len = strcspn(host + bracket, bracket ? "]" : ":/?");
    return host + bracket;
}

bool url_is_exposed(const char *url)
{
    static const char *const here[] = {"localhost", "127.0.0.1", "::1"};
    size_t len;
    const char *host = url_host(url, &len);
    for (size_t i = 0; i < LENGTH(here); i++)
        if (strlen(here[i]) == len && strncasecmp(host, here[i], len) == 0)
            return false;
    return scheme_length(url) == 7;
}
