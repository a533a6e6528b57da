#include "cli/record.h"

#include "cli/agent.h"
#include "cli/entries.h"
#include "cli/output.h"
#include "cli/plain.h"

#include <stdio.h>
#include <string.h>

static int ask(const struct cli *cli, const char *op, json_t **ret_result, struct err *err)
{
    autojson *request = NULL, *result = NULL;
    int rc = entries_request(cli, op, &request, err);
    if (rc == 0 && cli->second && json_object_set_new(request, "serial", json_string(cli->second)))
        rc = err_set(err, ERR_CONFIG, "the serial number is no text");
    if (rc == 0)
        rc = agent_call(cli, request, &result, err);
    if (rc < 0 && cli->json)
        entries_print_error(err);
    if (rc == 0 && cli->json)
        rc = entries_print_json(result, err);
    if (rc == 0)
        *ret_result = steal(&result);
    return rc;
}

/* Anything but the letters of PEM came from no agent of ours, and may not reach a terminal. */
static bool is_pem(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "+/=- \n";
    return strncmp(text, "-----BEGIN ", 11) == 0 && text[strspn(text, letters)] == 0;
}

static int say_remark(const struct cli *cli, const char *remark, struct err *err)
{
    autobuf plain = {0};
    int rc = plain_add(remark, true, &plain, err);
    if (rc == 0 && plain.len)
        fprintf(stderr, "%s: %s\n", cli->profile, buf_text(&plain));
    return rc;
}

static int put(const struct cli *cli, const char *pem, struct err *err)
{
    if (!is_pem(pem))
        return err_set(err, ERR_BUG, "agent: an answer that is not of its protocol");
    if (cli->output)
        return output_write(cli->output, pem, err);
    if (!cli->json)
        fputs(pem, stdout);
    return 0;
}

int record_fetch(const struct cli *cli, const char *op, struct err *err)
{
    autojson *result = NULL;
    struct cli owned = *cli;
    if (owned.whose == WHOSE_DEFAULT) {
        owned.uid = getuid();
        owned.whose = owned.uid == 0 ? WHOSE_DEVICE : WHOSE_USER;
    }
    int rc = ask(&owned, op, &result, err);
    if (rc == 0)
        rc = agent_outcome(result, err);
    if (rc == 0)
        rc = say_remark(cli, json_text(result, "remark", ""), err);
    return rc < 0 ? rc : put(cli, json_text(result, "pem", ""), err);
}
