#include "cli/entries.h"
#include "cli/token_uri.h"
#include "cli/verbs.h"

#include <string.h>

/* For scripts: nothing but the URIs, and of one entry only. */
int uri_verb(const struct cli *cli, struct err *err)
{
    static const char *const types[] = {"cert", "private"};
    autojson *result = NULL;
    autobuf text = {0};
    int rc = entries_list(cli, &result, err);
    if (rc < 0 || cli->json)
        return rc;

    const json_t *entry = NULL;
    rc = token_uri_entry(entries_of(result), cli->profile, &entry, err);
    for (size_t i = 0; rc == 0 && i < LENGTH(types); i++) {
        if (cli->type && strcmp(cli->type, types[i]) != 0)
            continue;
        rc = token_uri(entry, types[i], &text, err);
        if (rc == 0)
            rc = buf_add_text(&text, "\n", err);
    }
    if (rc == 0)
        fputs(buf_text(&text), stdout);
    return rc;
}
