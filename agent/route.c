#include "agent/route.h"

#include "base/clock.h"
#include "base/json.h"
#include "profile/proxy.h"
#include "store/key.h"

#include <stdio.h>
#include <string.h>

void route_close(struct route *route)
{
    buf_free(&route->login);
    buf_free(&route->certificate);
    EVP_PKEY_free(route->key);
    *route = (struct route){0};
}

struct fetch_route route_to(const struct route *route, const char *url)
{
    bool direct = route->exceptions && proxy_excepts(route->exceptions, url);
    return (struct fetch_route){.proxy = direct ? NULL : route->proxy,
                                .login = &route->login,
                                .roots = route->roots,
                                .certificate = &route->certificate};
}

/* The profile's own, which is meant for its servers, or the machine's, which has exceptions. */
static int take_proxy(const struct agent *agent, const struct profile *profile, struct route *ret,
                      struct err *err)
{
    const struct settings *settings = &agent->profiles.settings;
    bool own = profile->scep.proxy.set;
    const struct proxy *proxy = own ? &profile->scep.proxy : &settings->proxy;
    if (proxy->faulty)
        return err_set(err, ERR_CONFIG,
                       "signet.conf: proxy has a fault: until it is mended (signet check tells), "
                       "only profiles with a proxy line of their own are asked for");
    if (!proxy->url)
        return 0;
    ret->proxy = proxy->url;
    ret->exceptions = own ? NULL : &settings->no_proxy;
    return proxy_login(proxy, &ret->login, err);
}

static struct entry_id id_of_certificate(const struct agent *agent, const struct profile *profile,
                                         const struct owner *owner)
{
    const char *name = profile->scep.tls_certificate;
    const struct profile *named = profile_find(&agent->profiles, PROFILE_SCEP, name);
    struct entry_id id = {.owner = *owner};
    if (named && named->scep.type == TYPE_DEVICE)
        id.owner = (struct owner){.device = true};
    snprintf(id.profile, sizeof id.profile, "%s", name);
    return id;
}

/* 1; 0: there is no certificate (yet). */
static int read_certificate(const struct agent *agent, const struct profile *profile,
                            const struct owner *owner, unsigned parts, struct generation *ret,
                            struct err *err)
{
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    const struct entry_id id = id_of_certificate(agent, profile, owner);
    unsigned number = 0;
    int rc = entry_open(&agent->store, &id, false, &entry, err);
    if (rc == -ERR_CONFIG)
        return 0;
    if (rc == 0)
        rc = entry_current(&entry, &number, err);
    if (rc < 0 || number == 0)
        return rc;
    rc = entry_read(&entry, number, parts, ret, err);
    return rc < 0 ? rc : 1;
}

int route_ready(const struct agent *agent, const struct profile *profile, const struct owner *owner,
                struct buf *ret_reason, struct err *err)
{
    CLEANUP(generation_free) struct generation shown = {0};
    const char *name = profile->scep.tls_certificate;
    if (!name)
        return 1;
    int rc = read_certificate(agent, profile, owner, PART_META, &shown, err);
    bool expired = rc > 0 && json_number(shown.meta, "not_after", 0) <= clock_now();
    if (rc < 0 || (rc > 0 && !expired))
        return rc;
    return buf_printf(ret_reason, err,
                      "the certificate of [scep %s], which is to be shown to the server "
                      "(tls-certificate), %s",
                      name, expired ? "has expired" : "is not there yet");
}

static int take_certificate(const struct agent *agent, const struct profile *profile,
                            const struct owner *owner, struct route *ret, struct err *err)
{
    CLEANUP(generation_free) struct generation shown = {0};
    if (!profile->scep.tls_certificate)
        return 0;
    int rc =
        read_certificate(agent, profile, owner, PART_KEY | PART_CERT | PART_CHAIN, &shown, err);
    if (rc == 0)
        rc = err_set(err, ERR_RETRY, "it is not there");
    if (rc > 0)
        rc = key_from_pem(&shown.key_pem, &ret->key, err);
    if (rc == 0)
        rc = buf_add(&ret->certificate, shown.cert_pem.data, shown.cert_pem.len, err);
    if (rc == 0 && shown.chain_pem.len)
        rc = buf_add(&ret->certificate, shown.chain_pem.data, shown.chain_pem.len, err);
    return rc < 0 ? err_context(err, "tls-certificate = %s", profile->scep.tls_certificate) : 0;
}

int route_open(const struct agent *agent, const struct profile *profile, const struct owner *owner,
               struct route *ret, struct err *err)
{
    CLEANUP(route_close) struct route route = {0};
    const struct profile *root =
        profile_find(&agent->profiles, PROFILE_TRUSTED_ROOT, profile->scep.root);
    if (root)
        route.roots = &root->root.der;
    int rc = take_proxy(agent, profile, &route, err);
    if (rc == 0)
        rc = take_certificate(agent, profile, owner, &route, err);
    if (rc < 0)
        return rc;
    *ret = route;
    route = (struct route){0};
    return 0;
}
