/* What an import gives: files to be written, and lines for the person who imports. Passed from
 * signet-import, which reads what strangers wrote, to signet, which writes files. */
#ifndef SIGNET_IMPORT_RESULT_H
#define SIGNET_IMPORT_RESULT_H

#include "base/buf.h"
#include "base/text.h"

/* A file of more bytes is not read. */
#define IMPORT_FILE_MAX (16u * 1024 * 1024)

enum import_kind {
    IMPORT_NOTE,   /* one line: what was not carried over, or how it was */
    IMPORT_FAULT,  /* one line: why a profile was left out */
    IMPORT_CONF,   /* a section of conf.d: DIR/conf.d/50-NAME.conf */
    IMPORT_ANCHOR, /* a certificate, DER: DIR/anchors/NAME.cer */
    IMPORT_SECRET, /* a challenge: DIR/NAME.challenge */
};

struct import_item {
    enum import_kind kind;
    char name[TEXT_NAME_MAX + 1]; /* the profile's: text_is_name(); "" for lines */
    struct buf data;
};

struct import_result {
    struct import_item *v;
    size_t n;
    size_t lines; /* that were added, kept or not */
};

/* Lines past this many are not kept; the last says so. */
#define IMPORT_LINES_MAX 2000

void import_result_free(struct import_result *result);

/* Appends a copy of DATA. */
int import_result_add(struct import_result *result, enum import_kind kind, const char *name,
                      const void *data, size_t len, struct err *err);

/* Appends a line "NAME: PROPERTY: text", of which NAME and PROPERTY may be NULL. It is sanitised
 * (err_sanitise), so whatever a file says stays one line. */
int import_result_line(struct import_result *result, enum import_kind kind, const char *name,
                       const char *property, struct err *err, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

size_t import_result_count(const struct import_result *result, enum import_kind kind);

/* Between the two processes: "KIND NAME LENGTH", newline, LENGTH bytes, newline; "end - 0" is the
 * last. An import that failed as a whole is "CLASS - LENGTH" with the error's text, and no more. */
int import_result_encode(const struct import_result *result, struct buf *ret, struct err *err);
int import_error_encode(const struct err *why, struct buf *ret, struct err *err);

/* BUG for what is not of this form, and what is cut off. The error that was sent is returned as
 * ours. */
int import_result_decode(const struct buf *answer, struct import_result *ret, struct err *err);

#endif
