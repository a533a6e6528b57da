#include "cli/act.h"
#include "cli/verbs.h"

/* A new key and a new certificate now, whatever the threshold says. */
int renew_verb(const struct cli *cli, struct err *err)
{
    return act_for_owner(cli, "renew", err);
}
