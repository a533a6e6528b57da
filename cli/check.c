#include "cli/entries.h"
#include "cli/plain.h"
#include "cli/verbs.h"
#include "profile/profile.h"

static int add_array(json_t *object, const char *name, const struct problems *list, struct err *err)
{
    json_t *array = json_array();
    if (json_object_set_new(object, name, array) < 0)
        return err_memory(err);
    for (size_t i = 0; i < list->n; i++)
        /* A file may hold anything; what is no UTF-8 cannot stand in JSON. */
        if (json_array_append_new(array, json_string(list->v[i].text)) < 0 &&
            json_array_append_new(array, json_string("a line that is not UTF-8")) < 0)
            return err_memory(err);
    return 0;
}

static int print_json(const struct profile_set *set, struct err *err)
{
    autojson *object = json_object();
    int rc = add_array(object, "problems", &set->problems, err);
    if (rc == 0)
        rc = add_array(object, "warnings", &set->warnings, err);
    return rc < 0 ? rc : entries_print_json(object, err);
}

static int print_lines(const struct problems *list, const char *tail, bool utf8, struct err *err)
{
    for (size_t i = 0; i < list->n; i++) {
        autobuf plain = {0};
        int rc = plain_add(list->v[i].text, utf8, &plain, err);
        if (rc < 0)
            return rc;
        printf("%s%s\n", buf_text(&plain), tail);
    }
    return 0;
}

static int print_text(const struct cli *cli, const struct profile_set *set, struct err *err)
{
    int rc = print_lines(&set->problems, "", cli->screen.utf8, err);
    if (rc == 0)
        rc = print_lines(&set->warnings, " (warning)", cli->screen.utf8, err);
    if (rc == 0)
        printf("%zu profile%s, %zu problem%s, %zu warning%s\n", set->n, set->n == 1 ? "" : "s",
               set->problems.n, set->problems.n == 1 ? "" : "s", set->warnings.n,
               set->warnings.n == 1 ? "" : "s");
    return rc;
}

/* Reads the profiles as the agent does, but with the rights of the person typing. */
int check_verb(const struct cli *cli, struct err *err)
{
    CLEANUP(profile_set_free) struct profile_set set = {0};
    int rc = profile_load(cli->conf, &set, err);
    if (rc == 0)
        rc = cli->json ? print_json(&set, err) : print_text(cli, &set, err);
    if (rc < 0)
        return rc;
    return set.problems.n > 0 ? EXIT_PROBLEMS : 0;
}
