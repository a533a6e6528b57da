#include "cli/act.h"
#include "cli/verbs.h"

/* Deletes the keys and the certificate. While the profile applies, the next cycle brings new ones.
 */
int remove_verb(const struct cli *cli, struct err *err)
{
    return act_for_owner(cli, "remove", err);
}
