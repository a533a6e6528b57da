/* Values of a proxy's keys. Errors repeat nothing of an address: there may be a password in it. */
#include "profile/value.h"

#include "profile/proxy.h"
#include "profile/url.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* What stands before the '@', as it is sent: without its %XX. */
static int take_login(const char *text, size_t len, struct buf *ret, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < len; i++) {
        char c = text[i];
        if (c == '%') {
            char hex[3] = {0};
            memcpy(hex, text + i + 1, len - i > 2 ? 2 : 0);
            if (!isxdigit((unsigned char)hex[0]) || !isxdigit((unsigned char)hex[1]))
                return err_set(err, ERR_CONFIG, "'%%' in its name or password stands as %%25");
            c = (char)strtol(hex, NULL, 16);
            i += 2;
        }
        if ((unsigned char)c < ' ' || c == 0x7f)
            return err_set(err, ERR_CONFIG, "a control character is in its name or password");
        rc = buf_add(ret, &c, 1, err);
    }
    if (rc == 0 && !strchr(buf_text(ret), ':'))
        rc = err_set(err, ERR_CONFIG, "has a name without a password");
    return rc;
}

/* http://HOST:PORT, nothing behind it but a '/'. */
static const char *fault_of(const char *url)
{
    if (strncasecmp(url, "https://", 8) == 0)
        return "a proxy is spoken to by http:// only; servers of https:// are reached through it "
               "encrypted all the same";
    if (strncasecmp(url, "http://", 7) != 0)
        return "must be none, or http://HOST:PORT";
    const char *host = url + 7;
    size_t name = *host == '[' ? strcspn(host, "]") : strcspn(host, ":/?");
    if (host[name] == ']')
        name++;
    if (host[name] != ':')
        return "needs its port: http://HOST:PORT";
    const char *rest = host + strcspn(host, "/?#");
    return *rest && strcmp(rest, "/") != 0 ? "must end behind the port" : url_fault(url).text;
}

int value_proxy(const struct value_place *place, const char *value, void *target, struct err *err)
{
    struct proxy *proxy = target;
    autobuf login = {0};
    autofree char *url = NULL;
    const char *begin = strstr(value, "://"), *at = strrchr(value, '@');
    int rc = 0;
    proxy->set = true;
    proxy->faulty = strcmp(value, "none") != 0;
    if (!proxy->faulty)
        return 0;
    if (begin && at && at > begin) {
        begin += 3;
        if (!place->section->secret)
            return err_set(err, ERR_CONFIG,
                           "has a password, and stands in a file that everyone can read (chmod "
                           "o-rwx %s); or name a file with proxy-secret",
                           place->section->file);
        rc = take_login(begin, (size_t)(at - begin), &login, err);
        url = text_format("%.*s%s", (int)(begin - value), value, at + 1);
    } else {
        url = strdup(value);
    }
    if (rc == 0 && !url)
        rc = err_memory(err);
    const char *fault = rc == 0 ? fault_of(url) : NULL;
    if (fault)
        rc = err_set(err, ERR_CONFIG, "%s", fault);
    if (rc < 0)
        return rc;
    url[strcspn(url + 7, "/") + 7] = 0;
    proxy->url = steal(&url);
    proxy->faulty = false;
    proxy->login = login;
    login = (struct buf){0};
    return 0;
}

static int add_exception(const char *word, void *context, struct err *err)
{
    const char *fault = proxy_item_fault(word);
    return fault ? err_set(err, ERR_CONFIG, "%.100s: %s", word, fault)
                 : strings_add(context, word, err);
}

int value_no_proxy(const struct value_place *place, const char *value, void *target,
                   struct err *err)
{
    return value_words(value, add_exception, target, place->faults, err);
}
