/* A web server on loopback that gives every request the same answer, and remembers what came. */
#ifndef SIGNET_TESTS_AGENT_PAGE_H
#define SIGNET_TESTS_AGENT_PAGE_H

#include "base/buf.h"

struct page {
    /* The answer. */
    unsigned status;
    const char *body;
    size_t len;           /* 0: strlen() */
    const char *location; /* NULL: no such header */
    const char *expected; /* NULL, or the Authorization that a request needs, else it gets 401 */

    char url[64]; /* http://127.0.0.1:PORT/page, once it serves */

    /* What came. */
    unsigned requests;
    struct buf method, path, authorization, type, received; /* of the last one */

    struct MHD_Daemon *daemon;
};

/* In a thread of this process: not before Check has forked. */
void page_start(struct page *page);
void page_stop(struct page *page);

#endif
