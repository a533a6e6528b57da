#include "fetch/download.h"

#include <string.h>

void fetch_download_free(struct fetch_download *download)
{
    buf_free(&download->body);
}

static size_t on_data(char *data, size_t size, size_t n, void *context)
{
    struct fetch_download *d = context;
    if (size * n > d->limit - d->body.len) {
        err_set(&d->err, ERR_RESOURCE, "the answer is larger than %zu bytes", d->limit);
        return 0;
    }
    return buf_add(&d->body, data, size * n, &d->err) == 0 ? size * n : 0;
}

static size_t on_header(char *data, size_t size, size_t n, void *context)
{
    struct fetch_download *d = context;
    size_t len = size * n;
    if (len > 4 && memcmp(data, "HTTP/", 5) == 0) {
        const char *blank = memchr(data, ' ', len);
        d->is_interim = blank && blank + 1 < data + len && blank[1] == '1';
        d->begun = false;
    }
    bool ends = len > 0 && (*data == '\r' || *data == '\n');
    d->begun = d->begun || (ends && !d->is_interim);
    d->headers += len;
    if (ends && d->is_interim)
        d->interim = d->headers;
    if (d->headers <= FETCH_HEADERS_MAX)
        return len;
    err_set(&d->err, ERR_RESOURCE, "the answer has more than %u bytes of headers",
            FETCH_HEADERS_MAX);
    return 0;
}

int fetch_download_pace(struct fetch_download *d, deadline now)
{
    size_t come = d->headers + d->body.len;
    if (come == d->interim) {
        d->pace = 0;
        return 0;
    }
    if (!d->pace || come >= d->paced + FETCH_PACE_BYTES) {
        d->pace = now + FETCH_PACE_MS;
        d->paced = come;
        return 0;
    }
    return now < d->pace
               ? 0
               : err_set(&d->err, ERR_RETRY, "the answer trickles: %zu bytes in %d seconds",
                         come - d->paced, FETCH_PACE_MS / 1000);
}

/* Called about once a second, and whenever something has come. */
static int on_progress(void *context, curl_off_t total, curl_off_t now, curl_off_t up_total,
                       curl_off_t up_now)
{
    (void)total, (void)now, (void)up_total, (void)up_now;
    return fetch_download_pace(context, deadline_in(0));
}

void fetch_download_set(CURL *curl, size_t limit, struct fetch_download *ret)
{
    ret->limit = limit;
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, ret);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, ret);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, ret);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    /* What a Content-Length announces is refused before it comes. */
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)limit);
}
