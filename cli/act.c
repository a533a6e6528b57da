#include "cli/act.h"

#include "cli/agent.h"
#include "cli/entries.h"
#include "cli/render.h"

int act(const struct cli *cli, const char *op, struct err *err)
{
    autojson *result = NULL;
    autobuf text = {0};
    int rc = entries_ask(cli, op, &result, err);
    if (rc == 0 && !cli->json && json_array_size(entries_of(result)) > 0) {
        rc = render_status(entries_of(result), &cli->screen, &text, err);
        if (rc == 0)
            fputs(buf_text(&text), stdout);
    }
    return rc < 0 ? rc : agent_outcome(result, err);
}

int act_for_owner(const struct cli *cli, const char *op, struct err *err)
{
    struct cli owned = *cli;
    if (owned.whose == WHOSE_DEFAULT) {
        owned.uid = getuid();
        owned.whose = owned.uid == 0 ? WHOSE_DEVICE : WHOSE_USER;
    }
    return act(&owned, op, err);
}
