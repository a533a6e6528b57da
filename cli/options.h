/* The command line, read. */
#ifndef SIGNET_CLI_OPTIONS_H
#define SIGNET_CLI_OPTIONS_H

#include "cli/cli.h"

#include <stddef.h>

/* One option: what it is called, which verbs take it, where its value goes. */
struct option_row {
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* what help calls its value; NULL: it takes none */
    unsigned takes;       /* the bit that a verb must have; 0: every verb takes it */
    size_t target;        /* in struct cli: a string, or, without a value, a bool */
    int (*take)(struct cli *cli, const char *value, struct err *err); /* instead of the target */
    const char *help;
};

/* Ends with a row without a name. */
extern const struct option_row options[];

/* Options may stand before and behind the verb. Strings are borrowed from ARGV; `screen` is left
 * alone. --help and --version become the verbs of that name. Any error is one of usage, whatever
 * its class. */
int options_parse(int argc, char **argv, const struct verb *table, struct cli *ret,
                  const struct verb **ret_verb, struct err *err);

/* The row with this name, or NULL. */
const struct verb *options_verb(const struct verb *table, const char *name);

/* CONFIG: there is none, and which may have been meant. */
int options_unknown(const struct verb *table, const char *name, struct err *err);

#endif
