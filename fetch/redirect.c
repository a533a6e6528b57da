#include "fetch/redirect.h"

#include "base/cleanup.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

DEFINE_CLEANUP(CURLU *, curl_url_cleanup)
DEFINE_CLEANUP(char *, curl_free)

struct place {
    char *scheme, *host, *port;
    char *zone; /* of an IPv6 address: the network that it is in; NULL: none */
    bool login; /* a name or password stands in it */
};

static void place_free(struct place *place)
{
    curl_free(place->scheme);
    curl_free(place->host);
    curl_free(place->port);
    curl_free(place->zone);
}

static bool place_read(const char *url, struct place *ret)
{
    CLEANUP(curl_url_cleanup_p) CURLU *parts = curl_url();
    CLEANUP(curl_free_p) char *user = NULL, *password = NULL;
    if (!parts || curl_url_set(parts, CURLUPART_URL, url, 0) ||
        curl_url_get(parts, CURLUPART_SCHEME, &ret->scheme, 0) ||
        curl_url_get(parts, CURLUPART_HOST, &ret->host, 0) ||
        curl_url_get(parts, CURLUPART_PORT, &ret->port, CURLU_DEFAULT_PORT))
        return false;
    CURLUcode zone = curl_url_get(parts, CURLUPART_ZONEID, &ret->zone, 0);
    if (zone && zone != CURLUE_NO_ZONEID)
        return false;
    ret->login = !curl_url_get(parts, CURLUPART_USER, &user, 0) ||
                 !curl_url_get(parts, CURLUPART_PASSWORD, &password, 0);
    return true;
}

static bool same_host(const struct place *a, const struct place *b)
{
    bool same_zone = a->zone && b->zone ? strcmp(a->zone, b->zone) == 0 : a->zone == b->zone;
    return same_zone && strcasecmp(a->host, b->host) == 0;
}

static bool leads_home(const char *from, const char *to)
{
    CLEANUP(place_free) struct place a = {0};
    CLEANUP(place_free) struct place b = {0};
    if (!place_read(from, &a) || !place_read(to, &b) || b.login || !same_host(&a, &b))
        return false;
    bool upgrade = strcasecmp(a.scheme, "http") == 0 && strcasecmp(b.scheme, "https") == 0;
    return upgrade || (strcasecmp(a.scheme, b.scheme) == 0 && strcmp(a.port, b.port) == 0);
}

int fetch_redirect(int status, bool post, const char *from, const char *to, struct err *err)
{
    bool known = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    if (!known || !to || !*to)
        return 0;
    /* Without its query, where the request stands. */
    int len = (int)strcspn(to, "?");
    if (!leads_home(from, to))
        return err_set(err, ERR_CONFIG,
                       "answered HTTP %d: wants to be asked at %.*s, which is another server; if "
                       "that is right, name it in url",
                       status, len < 400 ? len : 400, to);
    if (status == 303 && post)
        return err_set(err, ERR_CONFIG,
                       "answered HTTP 303: shows the page %.*s instead of an answer",
                       len < 400 ? len : 400, to);
    return 1;
}
