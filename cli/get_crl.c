#include "cli/record.h"
#include "cli/verbs.h"

int get_crl_verb(const struct cli *cli, struct err *err)
{
    return record_fetch(cli, "get-crl", err);
}
