#include "cli/agent.h"
#include "cli/entries.h"
#include "cli/render.h"
#include "cli/verbs.h"

int list_verb(const struct cli *cli, struct err *err)
{
    autojson *result = NULL;
    autobuf text = {0};
    int rc = entries_ask(cli, "list", &result, err);
    if (rc == 0)
        rc = agent_outcome(result, err);
    if (rc < 0 || cli->json)
        return rc;
    rc = render_list(entries_of(result), &cli->view, &text, err);
    if (rc == 0)
        fputs(buf_text(&text), stdout);
    return rc;
}
