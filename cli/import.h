/* Putting imported files where they belong. */
#ifndef SIGNET_CLI_IMPORT_H
#define SIGNET_CLI_IMPORT_H

#include "import/result.h"

/* Writes every file of RESULT below the folder DIR, which is made when its parent is there:
 * conf.d/50-NAME.conf, anchors/NAME.cer and, readable by us alone, NAME.challenge. All of them or
 * none: each is written beside its place first, then they take their places, those that others
 * refer to before those; whatever fails undoes the rest. A file that is there already is DENIED,
 * unless FORCE, which replaces it. */
int import_write(const struct import_result *result, const char *dir, bool force, struct err *err);

/* Where an item goes below DIR, for the caller to free; NULL for lines, and without memory. */
char *import_path(const struct import_item *item);

#endif
