#include "fetch/http.h"

#include "fetch/auth.h"
#include "fetch/download.h"
#include "fetch/redirect.h"
#include "base/secrets.h"
#include "base/text.h"

#include <string.h>

#define CONNECT_TIMEOUT_MS 10000

DEFINE_CLEANUP(struct curl_slist *, curl_slist_free_all)

/* One exchange of those that make up a request. */
struct exchange {
    CURL *curl;
    const struct fetch_request *request;
    const char *url;
    deadline until;
    struct curl_slist *headers;
    struct fetch_download download;
    struct fetch_auth auth;
    struct fetch_tls *tls;
    char reason[CURL_ERROR_SIZE];
};

static void exchange_end(struct exchange *exchange)
{
    curl_slist_free_all(exchange->headers);
    fetch_download_free(&exchange->download);
}

static int set_headers(struct exchange *e, struct err *err)
{
    const char *word = e->request->type;
    autofree char *type = text_format("Content-Type: %s", word ? word : "");
    /* "Expect:" off: old servers make us wait a second for the 100 that they never send. */
    e->headers = curl_slist_append(NULL, "Expect:");
    if (!e->headers || !type || (word && !curl_slist_append(e->headers, type)))
        return err_memory(err);
    return 0;
}

static CURLcode set_request(const struct exchange *e)
{
    const struct fetch_request *request = e->request;
    CURLcode rc = curl_easy_setopt(e->curl, CURLOPT_URL, e->url);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(e->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    if (rc == CURLE_OK && request->type)
        rc = curl_easy_setopt(e->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
    if (rc == CURLE_OK && request->type)
        rc = curl_easy_setopt(e->curl, CURLOPT_POSTFIELDS, buf_text(&request->body));
    return rc == CURLE_OK ? curl_easy_setopt(e->curl, CURLOPT_HTTPHEADER, e->headers) : rc;
}

/* libcurl undoes %XX in what it is given. */
static CURLcode set_login(const struct exchange *e)
{
    const char *login = buf_text(&e->request->login), *colon = strchr(login, ':');
    size_t user = colon ? (size_t)(colon - login) : strlen(login);
    autobuf escaped = {0};
    int rc = text_percent(login, user, &escaped, NULL);
    if (rc == 0 && colon)
        rc = buf_add(&escaped, ":", 1, NULL);
    if (rc == 0 && colon)
        rc = text_percent(colon + 1, strlen(colon + 1), &escaped, NULL);
    if (rc < 0)
        return CURLE_OUT_OF_MEMORY;
    /* It undoes them once more when it tries a kept connection in vain. */
    if (strchr(login, '%'))
        curl_easy_setopt(e->curl, CURLOPT_FRESH_CONNECT, 1L);
    return curl_easy_setopt(e->curl, CURLOPT_PROXYUSERPWD, buf_text(&escaped));
}

/* "" is none, whatever the environment says. */
static CURLcode set_proxy(const struct exchange *e)
{
    const struct fetch_request *request = e->request;
    CURLcode rc = curl_easy_setopt(e->curl, CURLOPT_PROXY, request->proxy ? request->proxy : "");
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(e->curl, CURLOPT_NOPROXY, "");
    if (rc == CURLE_OK && request->proxy && request->login.len)
        rc = set_login(e);
    return rc;
}

/* These cannot fail. */
static void set_limits(struct exchange *e)
{
    long left = deadline_left(e->until);
    fetch_download_set(e->curl, e->request->limit, &e->download);
    curl_easy_setopt(e->curl, CURLOPT_ERRORBUFFER, e->reason);
    curl_easy_setopt(e->curl, CURLOPT_NOSIGNAL, 1L);
    /* A proxy's word is no answer. */
    curl_easy_setopt(e->curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(e->curl, CURLOPT_TIMEOUT_MS, left > 0 ? left : 1L);
    curl_easy_setopt(e->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    curl_easy_setopt(e->curl, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
    /* HTTP/2 has nothing that a few small messages need. */
    curl_easy_setopt(e->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
}

static int prepare(struct exchange *e, struct err *err)
{
    curl_easy_reset(e->curl); /* the options, not the connection */
    int rc = set_headers(e, err);
    if (rc < 0)
        return rc;
    set_limits(e);
    if (set_request(e) != CURLE_OK)
        return err_set(err, ERR_CONFIG, "%s: not a URL that can be asked", e->url);
    if (set_proxy(e) != CURLE_OK)
        return err_set(err, ERR_CONFIG, "proxy %s: not a proxy that can be asked",
                       e->request->proxy ? e->request->proxy : "");
    rc = fetch_auth_set(e->curl, e->request, &e->auth, err);
    return rc < 0 ? rc : fetch_tls_set(e->curl, e->request, e->tls, err);
}

/* What goes out with the request, and so may come back. */
static bool is_secret(const struct fetch_request *request, const char *text)
{
    struct secrets secrets = {0};
    secrets_add(&secrets, request->secret.data, request->secret.len);
    secrets_add_login(&secrets, &request->login);
    return secrets_told(&secrets, text, strlen(text));
}

static int proxy_wants_login(const struct exchange *e, struct err *err)
{
    return err_set(err, ERR_CONFIG, "the proxy %s answered HTTP 407: %s", e->request->proxy,
                   e->request->login.len ? "it does not take the name and password"
                                         : "it wants a name and a password; see proxy-secret");
}

/* Why there is no answer. */
static int explain(struct exchange *e, CURLcode code, struct err *err)
{
    if (is_secret(e->request, e->reason))
        strcpy(e->reason, SECRETS_UNTOLD);
    if (is_secret(e->request, e->tls->fault))
        strcpy(e->tls->fault, SECRETS_UNTOLD);

    bool no_tls = code == CURLE_SSL_CONNECT_ERROR && strstr(e->reason, "wrong version number");
    const char *text = no_tls ? "the server does not speak TLS at this port: is it http://?"
                       : code == CURLE_GOT_NOTHING
                           ? "the server closed the connection without an answer"
                       : e->reason[0] ? e->reason
                                      : curl_easy_strerror(code);
    const char *proxy = e->request->proxy;
    long connect = 0;
    if (e->download.err.class)
        return err_set(err, e->download.err.class, "%s", e->download.err.text);
    if (code == CURLE_FILESIZE_EXCEEDED)
        return err_set(err, ERR_RESOURCE, "the answer is larger than %zu bytes", e->download.limit);
    int rc = fetch_tls_explain(e->tls, code, text, err);
    if (rc < 0)
        return rc;
    curl_easy_getinfo(e->curl, CURLINFO_HTTP_CONNECTCODE, &connect);
    if (proxy && connect == 407)
        return proxy_wants_login(e, err);
    return proxy ? err_set(err, ERR_RETRY, "%s (through the proxy %s)", text, proxy)
                 : err_set(err, ERR_RETRY, "%s", text);
}

/* Has the other end been given all the time that there is? One that trickles too. */
static bool ran_out(const struct exchange *e, CURLcode code)
{
    return code == CURLE_OPERATION_TIMEDOUT || e->download.err.class == ERR_RETRY;
}

static int take_answer(const struct exchange *e, struct fetch_answer *ret, struct err *err)
{
    long status = 0;
    curl_off_t after = 0;
    curl_easy_getinfo(e->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(e->curl, CURLINFO_RETRY_AFTER, &after);
    /* libcurl takes what has come by then for all of it. */
    if (!e->download.begun)
        return err_set(err, ERR_RETRY, "the answer broke off in its headers");
    if (status == 401 && e->auth.reason[0])
        return err_set(err, ERR_RETRY, "Kerberos: %s", e->auth.reason);
    if (status == 407 && e->request->proxy)
        return proxy_wants_login(e, err);
    if (status < 100 || status > 999)
        return err_set(err, ERR_RETRY, "answered with the HTTP status %ld", status);
    ret->status = (int)status;
    ret->retry_after = after < 0                       ? 0
                       : after > FETCH_RETRY_AFTER_MAX ? FETCH_RETRY_AFTER_MAX
                                                       : after;
    return 0;
}

/* One exchange. 1: the same is to be asked at RET_URL (malloc'ed); 0: RET is the answer. */
static int step(struct fetch_client *client, const struct fetch_request *request, const char *url,
                deadline until, struct fetch_answer *ret, char **ret_url, struct err *err)
{
    CLEANUP(exchange_end)
    struct exchange e = {
        .curl = client->curl, .request = request, .url = url, .until = until, .tls = &client->tls};
    char *to = NULL;
    int rc = prepare(&e, err);
    if (rc < 0)
        return rc;
    CURLcode code = curl_easy_perform(e.curl);
    rc = code == CURLE_OK ? take_answer(&e, ret, err) : explain(&e, code, err);
    ret->timed_out = ran_out(&e, code);
    if (rc == 0 && request->redirects) {
        curl_easy_getinfo(e.curl, CURLINFO_REDIRECT_URL, &to);
        rc = fetch_redirect(ret->status, request->type, url, to, err);
        if (rc < 0 && is_secret(request, to))
            err_set(err, err->class, "answered HTTP %d: wants to be asked at " SECRETS_UNTOLD,
                    ret->status);
    }
    if (rc == 1) {
        *ret_url = strdup(to);
        return *ret_url ? 1 : err_memory(err);
    }
    if (rc == 0) {
        ret->body = e.download.body;
        e.download.body = (struct buf){0};
    }
    return rc;
}

int fetch_http(struct fetch_client *client, const struct fetch_request *request,
               struct fetch_answer *ret, struct err *err)
{
    deadline until = deadline_in(request->timeout_ms);
    autofree char *url = strdup(request->url);
    struct fetch_answer answer = {0};
    if (!url)
        return err_memory(err);
    for (int64_t followed = 0;; followed++) {
        char *next = NULL;
        int rc = step(client, request, url, until, &answer, &next, err);
        if (rc == 0)
            *ret = answer;
        ret->timed_out = rc < 0 && answer.timed_out;
        if (rc <= 0)
            return rc;
        free(url);
        url = next;
        if (followed == request->redirects)
            return err_set(err, ERR_CONFIG,
                           "answered HTTP %d, more than %lld times over: a redirect in a circle",
                           answer.status, (long long)request->redirects);
    }
}
