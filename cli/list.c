#include "cli/entries.h"
#include "cli/render.h"
#include "cli/verbs.h"
#include "cli/why.h"

int list_verb(const struct cli *cli, struct err *err)
{
    return cli->why ? why_show(cli, err) : entries_show(cli, render_list, err);
}
