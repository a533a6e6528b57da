/* The verbs that make the agent do something. */
#ifndef SIGNET_CLI_ACT_H
#define SIGNET_CLI_ACT_H

#include "cli/cli.h"

/* Asks for OP and shows how the entries are afterwards, also when it failed: then with the reason
 * as the error. */
int act(const struct cli *cli, const char *op, struct err *err);

/* As act(), for one owner: without --user and --device, oneself; for root the device. */
int act_for_owner(const struct cli *cli, const char *op, struct err *err);

#endif
