/* What the agent says, one line at a time, read by a scanner that knows nothing more of JSON than
 * it must: this runs inside login and sshd. See agent/PROTOCOL.md. */
#ifndef SIGNET_MODULE_PROGRESS_H
#define SIGNET_MODULE_PROGRESS_H

#include <stddef.h>

/* Longer texts are cut, between two characters. */
#define PROGRESS_TEXT_MAX 512

enum progress {
    PROGRESS_RUBBISH, /* nothing that the protocol knows */
    PROGRESS_STEP,    /* {"progress": TEXT}, the whole line */
    PROGRESS_OK,      /* {"result": "ok" and whatever follows */
    PROGRESS_ERROR, /* {"result": "error", its message if it stands among the next string members */
};

/* Reads a line of LEN bytes, plain ASCII. RET_TEXT (PROGRESS_TEXT_MAX bytes) gets the text, "" when
 * there is none, as UTF-8 in which whatever could steer a terminal (utf8_is_hidden()) is '?'. */
enum progress progress_parse(const char *line, size_t len, char *ret_text);

#endif
