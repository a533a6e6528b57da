#include "cli/entries.h"
#include "cli/render.h"
#include "cli/verbs.h"

int list_verb(const struct cli *cli, struct err *err)
{
    return entries_show(cli, render_list, err);
}
