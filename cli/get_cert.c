#include "cli/record.h"
#include "cli/verbs.h"

/* A certificate by its serial number, whoever's it is. */
int get_cert_verb(const struct cli *cli, struct err *err)
{
    return record_fetch(cli, "get-cert", err);
}
