/* Profiles of other managements, read into sections of conf.d. Pure: bytes in, text out; nothing is
 * fetched, no file is opened. */
#ifndef SIGNET_IMPORT_IMPORT_H
#define SIGNET_IMPORT_IMPORT_H

#include "import/result.h"

struct import_options {
    const char *root;      /* name of a trusted-root profile, for those that name none; NULL */
    const char *challenge; /* value of `challenge`, for every SCEP profile; NULL */
    bool files;            /* the certificates and challenges will be written to files */
};

/* Reads a file of any kind known here, told by how it begins. RET gets the sections, and a line for
 * all that could not be carried over. CONFIG: not of its kind, damaged, or nothing in it can become
 * a profile; RESOURCE: more than any real file has of something. */
int import_document(const void *data, size_t len, const struct import_options *options,
                    struct import_result *ret, struct err *err);

#endif
