#include "profile/proxy.h"

#include "profile/challenge.h"
#include "profile/keys.h"
#include "profile/url.h"

#include <arpa/inet.h>
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

/* An address, of LEN characters: its family and bytes. */
static int read_address(const char *text, size_t len, uint8_t ret[16])
{
    char copy[INET6_ADDRSTRLEN];
    if (len >= sizeof copy)
        return 0;
    memcpy(copy, text, len);
    copy[len] = 0;
    return inet_pton(AF_INET, copy, ret) == 1    ? AF_INET
           : inet_pton(AF_INET6, copy, ret) == 1 ? AF_INET6
                                                 : 0;
}

/* An address, or ADDRESS/BITS (RFC 4632 section 3.1, RFC 4291 section 2.3). */
static int read_network(const char *item, uint8_t ret[16], int64_t *ret_bits)
{
    size_t len = strcspn(item, "/");
    int family = read_address(item, len, ret);
    int64_t all = family == AF_INET ? 32 : 128;
    *ret_bits = all;
    return family && (!item[len] || text_number(item + len + 1, 0, all, ret_bits)) ? family : 0;
}

static bool holds(const char *item, const char *host, size_t len)
{
    uint8_t network[16], address[16];
    int64_t bits;
    int family = read_network(item, network, &bits);
    if (!family || read_address(host, len, address) != family)
        return false;
    size_t whole = (size_t)bits / 8, rest = (size_t)bits % 8;
    return memcmp(network, address, whole) == 0 &&
           (rest == 0 || ((network[whole] ^ address[whole]) >> (8 - rest)) == 0);
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
        if (names(list->v[i], host, len) || holds(list->v[i], host, len))
            return true;
    return false;
}

const char *proxy_item_fault(const char *item)
{
    uint8_t network[16];
    int64_t bits;
    if (strpbrk(item, "[ "))
        return "a host, a domain or an address stands alone, without port and brackets";
    if (strchr(item, '/') && !read_network(item, network, &bits))
        return "a network stands as 10.0.0.0/8 or fd00::/8";
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
