#include "cli/act.h"
#include "cli/verbs.h"

/* A certificate for every profile that applies, or for one, without waiting for the next attempt
 * that is planned. */
int enroll_verb(const struct cli *cli, struct err *err)
{
    return act_for_owner(cli, "enroll", err);
}
