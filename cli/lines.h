/* The lines of conf.d files, read once more to show what is wrong in them. */
#ifndef SIGNET_CLI_LINES_H
#define SIGNET_CLI_LINES_H

#include "base/buf.h"

#include <time.h>

/* Zeroed, but for `since`: no file yet. */
struct lines {
    struct timespec since; /* a file that changed after this is none that was judged */
    char *path;            /* of the file at hand */
    struct buf text;       /* empty when it may not be shown */
    size_t offset;         /* of the line that was asked for last */
    unsigned line;         /* its number */
    bool secret;           /* what stands above it is, or leads to, a secret that it may continue */
};

struct line {
    const char *text; /* borrowed until the next call; no zero byte behind it */
    size_t len;       /* without the line break */
    size_t secret;    /* from here on it may hold a secret; LEN: nowhere */
};

void lines_free(struct lines *lines);

/* Line NUMBER (from 1) of the file. False when there is none to show: the file cannot be read under
 * the rules of conf.d any more, changed meanwhile, or is shorter. Cheap when files and lines are
 * asked for in their order. */
bool lines_find(struct lines *lines, const char *path, unsigned number, struct line *ret);

/* The same on a text at hand, from the line that was asked for last. */
bool lines_seek(struct lines *lines, unsigned number, struct line *ret);

#endif
