/* An import as one text, for tests to look into: "note: ...", "left out: ..." and the sections. */
#ifndef SIGNET_TESTS_IMPORT_IMPORTED_H
#define SIGNET_TESTS_IMPORT_IMPORTED_H

#include "import/import.h"
#include "tests/suite.h"

struct imported {
    int rc;
    struct err err;
    struct import_result result;
    struct buf text; /* or the error's, when there is one */
};

/* By import_document(); for the caller to end. */
void import_bytes(const void *data, size_t len, const struct import_options *options,
                  struct imported *ret);
void import_text(const char *text, const struct import_options *options, struct imported *ret);
void imported_end(struct imported *imported);

/* A file of tests/import/samples. */
void sample_read(const char *name, struct buf *ret);

/* The only item of a kind and name; fails the test when there is none. */
const struct buf *imported_item(const struct imported *imported, enum import_kind kind,
                                const char *name);

/* Does a line of the text begin so? */
bool imported_has_line(const struct imported *imported, const char *line);

#endif
