/* What the agent and signet-fetch say to each other on a stream socket, any number of times: a few
 * "NAME VALUE" lines, an empty line, then bytes whose lengths the lines have told. Plain text, so
 * that signet-fetch needs no parser but this; never argv, where anyone could read it.
 *
 * fetch/request.h has what the agent asks, fetch/answer.h what comes back. */
#ifndef SIGNET_FETCH_FRAME_H
#define SIGNET_FETCH_FRAME_H

#include "base/io.h"

#include <stdbool.h>

#define FETCH_URL_MAX  (64u * 1024)
#define FETCH_LINE_MAX (FETCH_URL_MAX + 64)
#define FETCH_BODY_MAX (4u * 1024 * 1024)

/* The next line of a head, cut at its first blank: LINE keeps the name, *ret_value points behind
 * it. Returns 1, 0 at the empty line that ends the head, or negative. */
int fetch_frame_next(struct io_lines *lines, deadline until, struct buf *line, char **ret_value,
                     struct err *err);

/* No character that could end a line; none below FIRST at all. */
bool fetch_frame_is_plain(const char *text, unsigned char first);

/* The same of a whole buffer, which then holds no zero byte. */
bool fetch_frame_is_text(const struct buf *text);

#endif
