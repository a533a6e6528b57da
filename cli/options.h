/* The command line, read. */
#ifndef SIGNET_CLI_OPTIONS_H
#define SIGNET_CLI_OPTIONS_H

#include "cli/cli.h"

/* Options may stand before and behind the verb. Strings are borrowed from ARGV; `screen` is left
 * alone. --help and
 * --version become the verbs of that name. Any error is one of usage, whatever its class. */
int options_parse(int argc, char **argv, const struct verb *table, struct cli *ret,
                  const struct verb **ret_verb, struct err *err);

/* The row with this name, or NULL. */
const struct verb *options_verb(const struct verb *table, const char *name);

#endif
