/* Asking the agent for what a CA has on record. */
#ifndef SIGNET_CLI_RECORD_H
#define SIGNET_CLI_RECORD_H

#include "cli/cli.h"

/* "get-cert" or "get-crl", of the peer where the command line names no owner: prints the PEM, or
 * writes it to --output. */
int record_fetch(const struct cli *cli, const char *op, struct err *err);

#endif
