#include "base/proc.h"
#include "cli/agent.h"
#include "cli/entries.h"
#include "cli/preview_text.h"
#include "cli/verbs.h"

#include <string.h>

#define ANSWER_MAX (1024u * 1024)
/* Services that do not answer, each with its time-out, and a large key. */
#define PATIENCE_MS (120 * 1000)
#define ARGS_MAX    12

static void fill(const struct cli *cli, char *program, char *uid, char **argv)
{
    const struct {
        char *option;
        const char *value;
    } options[] = {{"--conf", cli->conf},
                   {"--run", cli->run},
                   {"--csr", cli->csr},
                   {"--user", cli->whose == WHOSE_USER ? uid : NULL}};
    *argv++ = program;
    for (size_t i = 0; i < LENGTH(options); i++)
        if (options[i].value) {
            *argv++ = options[i].option;
            *argv++ = (char *)options[i].value;
        }
    if (cli->whose == WHOSE_DEVICE)
        *argv++ = "--device";
    *argv++ = "--";
    *argv++ = (char *)cli->profile;
    *argv = NULL;
}

static int run(char *const argv[], json_t **ret, struct err *err)
{
    const struct buf nothing = {0};
    autobuf answer = {0};
    int status; /* which the answer tells better */
    int rc = proc_run(argv, &nothing, ANSWER_MAX, deadline_in(PATIENCE_MS), &answer, &status, err);
    if (rc < 0)
        return rc;
    rc = json_parse(buf_text(&answer), answer.len, argv[0], ret, NULL);
    return rc < 0 ? err_set(err, ERR_BUG, "%s: an answer that is no preview", argv[0]) : 0;
}

static int show(const struct cli *cli, const json_t *preview, struct err *err)
{
    autobuf text = {0};
    if (cli->json)
        return entries_print_json(preview, err);
    int rc = preview_text(preview, &cli->screen, &text, err);
    if (rc == 0)
        fputs(buf_text(&text), stdout);
    return rc;
}

int preview_verb(const struct cli *cli, struct err *err)
{
    autofree char *program = agent_beside(cli, "signet-preview");
    autojson *preview = NULL;
    char *argv[ARGS_MAX], uid[16];
    if (!program)
        return err_memory(err);
    snprintf(uid, sizeof uid, "%u", cli->uid);
    fill(cli, program, uid, argv);
    if (access(program, X_OK) < 0)
        return err_errno(err, "%s cannot be started", program);

    /* With standard output for the request alone there is nothing for us to show. */
    if (cli->csr && strcmp(cli->csr, "-") == 0) {
        execv(program, argv);
        return err_errno(err, "%s", program);
    }
    int rc = run(argv, &preview, err);
    if (rc == 0)
        rc = show(cli, preview, err);
    return rc < 0 ? rc : agent_outcome(preview, err);
}
