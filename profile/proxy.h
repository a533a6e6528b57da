/* Through which proxy servers are asked: what a profile, or signet.conf for all of them, says. */
#ifndef SIGNET_PROFILE_PROXY_H
#define SIGNET_PROFILE_PROXY_H

#include "base/buf.h"
#include "base/text.h"

#include <stdbool.h>

struct proxy {
    bool set;         /* a line says something, "none" included */
    bool faulty;      /* and that is no proxy: it is no leave to go without one */
    char *url;        /* http://HOST:PORT; NULL: none */
    struct buf login; /* USER:PASSWORD that stood in the URL; empty: none */
    char *secret;     /* path of the file that has it; NULL: none */
};

void proxy_free(struct proxy *proxy);

/* Appends USER:PASSWORD, read now where a file has it; nothing when there is none. */
int proxy_login(const struct proxy *proxy, struct buf *ret, struct err *err);

/* Is the host of this URL one of the list? Names stand for themselves and all below them (with or
 * without a dot in front), addresses for themselves, "10.0.0.0/8" and "fd00::/8" for the
 * addresses in them (no name is looked up for that), "*" for every host. */
bool proxy_excepts(const struct strings *list, const char *url);

/* What is wrong with an item of such a list, as a static phrase; NULL: nothing. */
const char *proxy_item_fault(const char *item);

struct keys_reading;

/* What only the keys together tell: a problem for a login that means nothing, or stands twice. */
int proxy_check(const struct proxy *proxy, struct keys_reading *reading, struct err *err);

#endif
