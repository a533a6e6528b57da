#include "cli/entries.h"

#include "cli/agent.h"
#include "cli/plain.h"

#include <string.h>

int entries_request(const struct cli *cli, const char *op, json_t **ret, struct err *err)
{
    autojson *request = json_pack("{s:s}", "op", op);
    json_int_t uid = cli->whose == WHOSE_DEVICE ? -1 : (json_int_t)cli->uid;
    if (!request ||
        (cli->whose != WHOSE_DEFAULT &&
         json_object_set_new(request, "uid", json_integer(uid)) < 0) ||
        (cli->profile && json_object_set_new(request, "profile", json_string(cli->profile)) < 0) ||
        (cli->pin && json_object_set_new(request, "pin", json_string(buf_text(cli->pin))) < 0))
        return err_set(err, ERR_CONFIG, "%s: no name of a profile",
                       cli->profile ? cli->profile : "");
    *ret = steal(&request);
    return 0;
}

const json_t *entries_of(const json_t *result)
{
    const json_t *entries = json_object_get(result, "entries");
    return json_is_array(entries) ? entries : NULL;
}

static bool has_tag(const json_t *entry, const char *tag)
{
    size_t i;
    json_t *value;
    json_array_foreach (json_object_get(entry, "scope_tags"), i, value) {
        const char *text = json_string_value(value);
        if (text && strcmp(text, tag) == 0)
            return true;
    }
    return false;
}

void entries_keep_tag(json_t *result, const char *tag)
{
    json_t *entries = json_object_get(result, "entries");
    for (size_t i = json_array_size(entries); i-- > 0;)
        if (!has_tag(json_array_get(entries, i), tag))
            json_array_remove(entries, i);
}

static int warn(const struct cli *cli, const json_t *result, struct err *err)
{
    size_t i;
    json_t *value;
    json_array_foreach (json_object_get(result, "problems"), i, value) {
        autobuf plain = {0};
        const char *text = json_string_value(value);
        int rc = plain_add(text ? text : "", cli->screen.utf8, &plain, err);
        if (rc < 0)
            return rc;
        fprintf(stderr, "%s\n", buf_text(&plain));
    }
    return 0;
}

int entries_print_json(const json_t *value, struct err *err)
{
    autobuf text = {0};
    int rc = json_print(value, &text, err);
    if (rc == 0)
        puts(buf_text(&text));
    return rc;
}

void entries_print_error(const struct err *error)
{
    autojson *result = json_pack("{s:s, s:s, s:s}", "result", "error", "class",
                                 err_class_name(error->class), "message", error->text);
    if (result)
        entries_print_json(result, NULL);
}

int entries_ask(const struct cli *cli, const char *op, json_t **ret_result, struct err *err)
{
    autojson *request = NULL, *result = NULL;
    int rc = entries_request(cli, op, &request, err);
    if (rc == 0)
        rc = agent_call(cli, request, &result, err);
    if (rc < 0) {
        if (cli->json)
            entries_print_error(err);
        return rc;
    }
    if (cli->tag)
        entries_keep_tag(result, cli->tag);
    rc = cli->json ? entries_print_json(result, err) : warn(cli, result, err);
    if (rc == 0)
        *ret_result = steal(&result);
    return rc;
}

int entries_list(const struct cli *cli, json_t **ret_result, struct err *err)
{
    autojson *result = NULL;
    int rc = entries_ask(cli, "list", &result, err);
    if (rc == 0)
        rc = agent_outcome(result, err);
    if (rc == 0)
        *ret_result = steal(&result);
    return rc;
}

int entries_show(const struct cli *cli, entries_renderer *render, struct err *err)
{
    autojson *result = NULL;
    autobuf text = {0};
    int rc = entries_list(cli, &result, err);
    if (rc < 0 || cli->json)
        return rc;
    /* Why not, is told above it. */
    if (json_array_size(entries_of(result)) == 0 &&
        json_array_size(json_object_get(result, "problems")) > 0) {
        fputs("signet: no profile that could be read applies here, and there is no certificate\n",
              stderr);
        return 0;
    }
    rc = render(entries_of(result), &cli->screen, &text, err);
    if (rc == 0)
        fputs(buf_text(&text), stdout);
    return rc;
}
