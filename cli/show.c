#include "cli/detail.h"
#include "cli/entries.h"
#include "cli/verbs.h"

int show_verb(const struct cli *cli, struct err *err)
{
    autojson *result = NULL;
    autobuf text = {0};
    int rc = entries_list(cli, &result, err);
    if (rc == 0 && json_array_size(entries_of(result)) == 0)
        rc = err_set(err, ERR_CONFIG, "%s: no such certificate (signet status shows what there is)",
                     cli->profile);
    if (rc < 0 || cli->json)
        return rc;

    size_t i;
    json_t *entry;
    json_array_foreach ((json_t *)entries_of(result), i, entry) {
        rc = i > 0 ? buf_add_text(&text, "\n", err) : 0;
        if (rc == 0)
            rc = detail_render(entry, &cli->screen, &text, err);
        if (rc < 0)
            return rc;
    }
    fputs(buf_text(&text), stdout);
    return 0;
}
