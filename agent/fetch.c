/* signet-fetch: one HTTP(S) request, then gone. The only process of ours with a network socket, and
 * it can neither read the store nor write a file. Speaks agent/fetch_frame.h on standard input and
 * output. */
#include "agent/fetch_frame.h"
#include "agent/landlock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/text.h"

#include <curl/curl.h>

#define CONNECT_TIMEOUT_MS 10000
#define INPUT_MAX          (FETCH_URL_MAX + 1024u * 1024)

DEFINE_CLEANUP(CURL *, curl_easy_cleanup)
DEFINE_CLEANUP(struct curl_slist *, curl_slist_free_all)

/* What name resolution and TLS read. */
static const char *const readable[] = {
    "/etc",
    "/usr",
    "/lib",
    "/lib64",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/run/NetworkManager",
    "/var/lib/sss/pipes",
    "/var/lib/ca-certificates",
    "/dev/urandom",
    "/proc/sys",
    NULL,
};

struct download {
    struct buf body;
    size_t limit;
    struct err err;
};

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
        rc = curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.data);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(curl, CURLOPT_WRITEDATA, download);
    /* These cannot fail. */
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "signet");
    return rc == CURLE_OK ? 0 : -1;
}

static int fetch(const struct fetch_request *request, long *ret_status, struct buf *ret_body,
                 struct err *err)
{
    char reason[CURL_ERROR_SIZE] = "";
    struct download download = {.limit = request->limit};
    CLEANUP(curl_easy_cleanup_p) CURL *curl = curl_easy_init();
    CLEANUP(curl_slist_free_all_p) struct curl_slist *headers = NULL;
    autofree char *type = text_format("Content-Type: %s", request->type ? request->type : "");

    /* "Expect:" off: old servers make us wait a second for the 100 that they never send. */
    headers = curl_slist_append(NULL, "Expect:");
    if (!curl || !headers || !type)
        return err_memory(err);
    if (request->type && !curl_slist_append(headers, type))
        return err_memory(err);
    if (set_options(curl, request, headers, &download, reason) < 0)
        return err_set(err, ERR_CONFIG, "%s: not a URL that can be asked", request->url);

    CURLcode rc = curl_easy_perform(curl);
    if (rc == CURLE_OK)
        rc = curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
    if (rc == CURLE_OK) {
        *ret_body = download.body;
        return 0;
    }
    buf_free(&download.body);
    if (download.err.class)
        return err_set(err, download.err.class, "%s", download.err.text);
    return err_set(err, ERR_RETRY, "%s", reason[0] ? reason : curl_easy_strerror(rc));
}

static int run(struct buf *ret_frame, struct err *err)
{
    CLEANUP(fetch_request_free) struct fetch_request request = {0};
    autobuf input = {0}, body = {0};
    long status = 0;
    bool confined = false;

    int rc = proc_harden(err);
    if (rc == 0)
        rc = landlock_confine(readable, &confined, err);
    if (rc == 0 && !confined)
        log_line(LOG_NOTICE, "this kernel has no Landlock: signet-fetch runs unconfined");
    if (rc == 0)
        rc = io_read_all(STDIN_FILENO, INPUT_MAX, deadline_in(CONNECT_TIMEOUT_MS), &input, err);
    if (rc == 0)
        rc = fetch_request_read(&input, &request, err);
    if (rc == 0)
        rc = fetch(&request, &status, &body, err);
    return rc < 0 ? rc : fetch_answer_write(status, &body, ret_frame, err);
}

int main(void)
{
    struct err err = {0};
    autobuf frame = {0};

    log_open("signet-fetch", LOG_INFO);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return EXIT_FAILURE;
    int rc = run(&frame, &err);
    if (rc < 0) {
        buf_clear(&frame);
        rc = fetch_error_write(err.text, &frame, &err);
    }
    if (rc == 0)
        rc = io_write(STDOUT_FILENO, frame.data, frame.len, deadline_in(CONNECT_TIMEOUT_MS), &err);
    curl_global_cleanup();
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
