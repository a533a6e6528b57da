/* The file that --output names. */
#ifndef SIGNET_CLI_OUTPUT_H
#define SIGNET_CLI_OUTPUT_H

#include "base/err.h"

/* TEXT is what FILE holds from here on, or FILE stays as it was. A new one everyone can read.
 * CONFIG: a folder, a device or a link stands there: root must not put a file in the place of
 * /dev/stdout, and whoever made a link meant what it leads to. */
int output_write(const char *file, const char *text, struct err *err);

#endif
