#include "cli/act.h"
#include "cli/verbs.h"

/* One policy cycle: for root the device, everyone who has entries and the anchors; for others their
 * own. */
int cycle_verb(const struct cli *cli, struct err *err)
{
    return act(cli, "cycle", err);
}
