#include "profile/proxy.h"

#include "profile/challenge.h"
#include "profile/keys.h"
#include "profile/url.h"

#include <string.h>
#include <strings.h>

void proxy_free(struct proxy *proxy)
{
    free(proxy->url);
    free(proxy->secret);
    buf_free(&proxy->login);
    *proxy = (struct proxy){0};
}

int proxy_login(const struct proxy *proxy, struct buf *ret, struct err *err)
{
    autobuf login = {0};
    if (!proxy->secret)
        return proxy->login.len ? buf_add(ret, proxy->login.data, proxy->login.len, err) : 0;
    int rc = challenge_read_file(proxy->secret, &login, err);
    if (rc == 0 && !strchr(buf_text(&login), ':'))
        rc = err_set(err, ERR_CONFIG, "%s: does not hold USER:PASSWORD", proxy->secret);
    return rc < 0 ? err_context(err, "proxy-secret") : buf_add(ret, login.data, login.len, err);
}

static bool names(const char *item, const char *host, size_t len)
{
    item += *item == '.';
    size_t n = strlen(item);
    if (strcmp(item, "*") == 0)
        return true;
    if (n > len || strncasecmp(host + len - n, item, n) != 0)
        return false;
    return n == len || host[len - n - 1] == '.';
}

bool proxy_excepts(const struct strings *list, const char *url)
{
    size_t len;
    const char *host = url_host(url, &len);
    for (size_t i = 0; i < list->n; i++)
        if (names(list->v[i], host, len))
            return true;
    return false;
}

const char *proxy_item_fault(const char *item)
{
    if (strpbrk(item, "/[ "))
        return "a host, a domain or an address stands alone, without port, brackets and mask";
    if (strchr(item, '*') && strcmp(item, "*") != 0)
        return "a domain stands as .example.com, for all below it; only * alone is for every host";
    return NULL;
}

int proxy_check(const struct proxy *proxy, struct keys_reading *reading, struct err *err)
{
    const struct conf_line *line = keys_line(reading, "proxy");
    if (!keys_line(reading, "proxy-secret"))
        return 0;
    if (!line || strcmp(line->value, "none") == 0)
        return keys_problem(reading, "proxy-secret", err, "means nothing without proxy");
    if (proxy->login.len)
        return keys_problem(reading, "proxy-secret", err,
                            "the proxy's address has a name and a password already");
    return 0;
}
