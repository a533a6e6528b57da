/* What comes over the network, kept within bounds: body, headers, and how slowly they may come. */
#ifndef SIGNET_FETCH_DOWNLOAD_H
#define SIGNET_FETCH_DOWNLOAD_H

#include "base/buf.h"
#include "base/clock.h"

#include <curl/curl.h>
#include <stdbool.h>

/* Of all headers of one answer, those of 1xx answers before it included. */
#define FETCH_HEADERS_MAX (64u * 1024)
/* Once an answer has begun, this many bytes come in that time, or no more is waited for. Until it
 * begins there is only the request's deadline: a CA may take its time to sign. */
#define FETCH_PACE_BYTES 256
#define FETCH_PACE_MS    10000

struct fetch_download {
    struct buf body;
    size_t headers;  /* bytes of them */
    size_t interim;  /* so many were those of 1xx answers, behind which a server may think on */
    bool is_interim; /* it is one of those */
    bool begun;      /* its headers have come whole; a body may follow */
    size_t limit;
    struct err err; /* why it was ended; class 0: it was not */
    deadline pace;  /* until when PACE_BYTES more are to be there; 0: nothing has begun to come */
    size_t paced;   /* bytes that had come when that was set */
};

void fetch_download_free(struct fetch_download *download);

/* Has what had come by NOW come fast enough? Negative, and the download's own error, when not. */
int fetch_download_pace(struct fetch_download *download, deadline now);

/* Sets the options of CURL that fill it. An answer of more than LIMIT bytes is an error. */
void fetch_download_set(CURL *curl, size_t limit, struct fetch_download *ret);

#endif
