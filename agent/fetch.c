/* signet-fetch [--keytab FILE]: HTTP(S) requests, one after the other, until standard input ends.
 * The only process of ours with a network socket, and it can neither read the store nor write a
 * file. Speaks agent/fetch_frame.h on standard input and output. Redirects are answers, not
 * followed: what is sent is for the host that the URL names. */
#include "agent/fetch_auth.h"
#include "agent/fetch_frame.h"
#include "base/io.h"
#include "base/landlock.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/text.h"

#include <curl/curl.h>
#include <string.h>

#define CONNECT_TIMEOUT_MS 10000
#define REQUEST_WAIT_MS    600000

DEFINE_CLEANUP(CURL *, curl_easy_cleanup)
DEFINE_CLEANUP(struct curl_slist *, curl_slist_free_all)

/* What name resolution, TLS and Kerberos read. Not all of /etc: the profiles and their challenges
 * are there. */
static const char *const readable[] = {
    "/etc/ca-certificates",
    "/etc/crypto-policies",
    "/etc/gai.conf",
    "/etc/gnutls",
    "/etc/gss",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/krb5.conf",
    "/etc/krb5.conf.d",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/nsswitch.conf",
    "/etc/pki",
    "/etc/protocols",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/ssl",
    "/lib",
    "/lib64",
    "/usr",
    "/var/lib/ca-certificates",
    "/var/lib/sss/pipes",
    "/var/lib/sss/pubconf",
    "/run/NetworkManager",
    "/run/resolvconf",
    "/run/systemd/resolve",
    "/dev/urandom",
    "/proc/sys",
#ifdef __SANITIZE_ADDRESS__
    "/proc", /* its search for leaks */
#endif
};

struct download {
    struct buf body;
    size_t limit;
    struct err err;
};

static void download_free(struct download *download)
{
    buf_free(&download->body);
}

static size_t on_data(char *data, size_t size, size_t n, void *context)
{
    struct download *d = context;
    if (d->body.len + size * n > d->limit) {
        err_set(&d->err, ERR_RESOURCE, "the answer is larger than %zu bytes", d->limit);
        return 0;
    }
    return buf_add(&d->body, data, size * n, &d->err) == 0 ? size * n : 0;
}

static int set_options(CURL *curl, const struct fetch_request *request, struct curl_slist *headers,
                       struct download *download, char *reason)
{
    CURLcode rc = curl_easy_setopt(curl, CURLOPT_URL, request->url);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    if (rc == CURLE_OK && request->type)
        rc = curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
    if (rc == CURLE_OK && request->type)
        rc = curl_easy_setopt(curl, CURLOPT_POSTFIELDS, buf_text(&request->body));
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (rc != CURLE_OK)
        return -1;
    /* These cannot fail. */
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, download);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "signet");
    return 0;
}

static int fetch(CURL *curl, const struct fetch_request *request, long *ret_status,
                 struct buf *ret_body, struct err *err)
{
    char reason[CURL_ERROR_SIZE] = "";
    struct fetch_auth auth = {0};
    CLEANUP(download_free) struct download download = {.limit = request->limit};
    CLEANUP(curl_slist_free_all_p) struct curl_slist *headers = NULL;
    autofree char *type = text_format("Content-Type: %s", request->type ? request->type : "");

    /* "Expect:" off: old servers make us wait a second for the 100 that they never send. */
    headers = curl_slist_append(NULL, "Expect:");
    if (!headers || !type || (request->type && !curl_slist_append(headers, type)))
        return err_memory(err);
    curl_easy_reset(curl); /* the options, not the connection */
    if (set_options(curl, request, headers, &download, reason) < 0)
        return err_set(err, ERR_CONFIG, "%s: not a URL that can be asked", request->url);

    int told = fetch_auth_set(curl, request, &auth, err);
    if (told < 0)
        return told;

    CURLcode rc = curl_easy_perform(curl);
    if (rc == CURLE_OK)
        rc = curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
    if (rc == CURLE_OK && *ret_status == 401 && auth.reason[0])
        return err_set(err, ERR_RETRY, "Kerberos: %s", auth.reason);
    if (download.err.class)
        return err_set(err, download.err.class, "%s", download.err.text);
    if (rc != CURLE_OK)
        return err_set(err, ERR_RETRY, "%s", reason[0] ? reason : curl_easy_strerror(rc));
    buf_free(ret_body);
    *ret_body = download.body;
    download.body = (struct buf){0};
    return 0;
}

/* Returns 1 after an answer, 0 when the agent has hung up. */
static int serve(CURL *curl, struct io_lines *lines, struct err *err)
{
    CLEANUP(fetch_request_free) struct fetch_request request = {0};
    autobuf body = {0};
    long status = 0;

    int rc = fetch_request_receive(lines, deadline_in(REQUEST_WAIT_MS), &request, err);
    if (rc <= 0)
        return rc;
    rc = fetch(curl, &request, &status, &body, err);
    deadline until = deadline_in(CONNECT_TIMEOUT_MS);
    rc = rc == 0 ? fetch_answer_send(lines->fd, status, &body, until, err)
                 : fetch_error_send(lines->fd, err->text, until, err);
    return rc < 0 ? rc : 1;
}

/* From here on, nothing but these and the keytab can be read. */
static int confine(const char *keytab, struct err *err)
{
    const char *paths[LENGTH(readable) + 2];
    bool confined = false;
    memcpy(paths, readable, sizeof readable);
    paths[LENGTH(readable)] = keytab;
    paths[LENGTH(readable) + 1] = NULL;
    int rc = landlock_confine(paths, NULL, true, &confined, err);
    if (rc == 0 && !confined)
        log_line(LOG_NOTICE, "this kernel has no Landlock: signet-fetch runs unconfined");
    return rc;
}

static int run(const char *keytab, struct err *err)
{
    struct io_lines lines = {.fd = STDIN_FILENO, .max = FETCH_LINE_MAX};

    int rc = proc_harden(err);
    if (rc == 0)
        rc = confine(keytab, err);
    if (rc < 0)
        return rc;

    CLEANUP(curl_easy_cleanup_p) CURL *curl = curl_easy_init();
    if (!curl)
        return err_memory(err);
    while ((rc = serve(curl, &lines, err)) > 0)
        ;
    buf_free(&lines.buffer);
    return rc;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    const char *keytab = argc == 3 && strcmp(argv[1], "--keytab") == 0 ? argv[2] : NULL;

    log_open("signet-fetch", LOG_INFO);
    if (argc > 1 && !keytab) {
        log_line(LOG_ERR, "usage: signet-fetch [--keytab FILE]");
        return 2;
    }
    int rc = keytab ? fetch_auth_keytab(keytab, &err) : 0;
    if (rc == 0 && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return EXIT_FAILURE;
    if (rc == 0)
        rc = run(keytab, &err);
    if (rc < 0)
        log_line(LOG_ERR, "%s", err.text);
    curl_global_cleanup();
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
