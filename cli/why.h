/* signet list --why: which line of a profile decides whether it is for someone. */
#ifndef SIGNET_CLI_WHY_H
#define SIGNET_CLI_WHY_H

#include "base/json.h"
#include "cli/cli.h"
#include "profile/rule.h"

/* The answer about the profile that the command line names, on standard output: for the owner that
 * it names; without one oneself, or the device where the profile is the machine's. Read from the
 * profiles, NSS and this machine, with the rights of whoever asks: no agent is needed. */
int why_show(const struct cli *cli, struct err *err);

/* One profile's lines, each with whether it fits, and the verdict. The members are in signet(1). */
int why_explain(const struct profile *profile, const struct candidate *candidate, json_t **ret,
                struct err *err);

/* Appends such an answer, with its "root" if it has one, as text. */
int why_render(const json_t *answer, const struct screen *screen, struct buf *ret, struct err *err);

#endif
