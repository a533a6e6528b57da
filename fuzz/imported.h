/* What must hold of every import, whatever the file was. */
#ifndef SIGNET_FUZZ_IMPORTED_H
#define SIGNET_FUZZ_IMPORTED_H

#include "import/import.h"

typedef int imported_importer(const void *data, size_t len, const struct import_options *options,
                              struct import_result *ret, struct err *err);

/* Imports DATA with and without the options that a person can give, and checks what comes of it. */
void imported_try(imported_importer *import, const void *data, size_t len);

#endif
