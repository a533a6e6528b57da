#include "cli/entries.h"
#include "cli/excerpt.h"
#include "cli/plain.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "profile/profile.h"

static int add_place(json_t *object, struct span at)
{
    const struct {
        const char *name;
        unsigned value;
        bool known;
    } numbers[] = {
        {"line", at.line, at.line > 0},
        {"column", at.column, at.column > 0},
        {"length", at.length, at.column > 0},
    };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < LENGTH(numbers); i++)
        if (numbers[i].known)
            rc = json_object_set_new(object, numbers[i].name, json_integer(numbers[i].value));
    return rc;
}

static int add_problem(json_t *array, const struct problem *problem, const char *severity,
                       struct err *err)
{
    autojson *object = json_object();
    /* A name of a file may hold anything; what is no UTF-8 cannot stand in JSON. */
    json_t *file = json_string(problem->file), *text = json_string(problem->text);
    file = file ? file : json_string("a name that is not UTF-8");
    text = text ? text : json_string("a line that is not UTF-8");
    int rc = json_object_set_new(object, "file", file);
    if (rc == 0)
        rc = add_place(object, problem->at);
    if (rc == 0)
        rc = json_object_set_new(object, "text", text);
    if (rc == 0)
        rc = json_object_set_new(object, "severity", json_string(severity));
    return rc < 0 || json_array_append(array, object) < 0 ? err_memory(err) : 0;
}

static int add_array(json_t *object, const char *name, const struct problems *list,
                     const char *severity, struct err *err)
{
    json_t *array = json_array();
    int rc = json_object_set_new(object, name, array) < 0 ? err_memory(err) : 0;
    for (size_t i = 0; rc == 0 && i < list->n; i++)
        rc = add_problem(array, &list->v[i], severity, err);
    return rc;
}

static int print_json(const struct profile_set *set, struct err *err)
{
    autojson *object = json_object();
    int rc = add_array(object, "problems", &set->problems, "error", err);
    if (rc == 0)
        rc = add_array(object, "warnings", &set->warnings, "warning", err);
    return rc < 0 ? rc : entries_print_json(object, err);
}

/* The line for people, and the line of the file. */
static int add_text(const struct problem *problem, bool warning, const struct screen *screen,
                    struct lines *lines, struct buf *ret, struct err *err)
{
    struct line line;
    autobuf plain = {0};
    int rc = plain_add(problem->text, screen->utf8, &plain, err);
    if (rc == 0 && warning)
        rc = table_paint("warning: ", COLOUR_BUSY, screen, ret, err);
    if (rc == 0)
        rc = buf_printf(ret, err, "%s\n", buf_text(&plain));
    if (rc == 0 && problem->at.line && lines_find(lines, problem->file, problem->at.line, &line))
        rc = excerpt_add(&line, problem->at, warning, screen, ret, err);
    return rc;
}

/* Problems and warnings in the one order of files and lines. */
static int print_text(const struct cli *cli, const struct profile_set *set, struct lines *lines,
                      struct err *err)
{
    const struct problems *problems = &set->problems, *warnings = &set->warnings;
    int rc = 0;
    for (size_t p = 0, w = 0; rc == 0 && (p < problems->n || w < warnings->n);) {
        autobuf text = {0};
        bool warning = p == problems->n ||
                       (w < warnings->n && problem_compare(&warnings->v[w], &problems->v[p]) < 0);
        const struct problem *next = warning ? &warnings->v[w++] : &problems->v[p++];
        rc = add_text(next, warning, &cli->screen, lines, &text, err);
        fputs(buf_text(&text), stdout);
    }
    if (rc == 0)
        printf("%zu profile%s, %zu problem%s, %zu warning%s\n", set->n, set->n == 1 ? "" : "s",
               problems->n, problems->n == 1 ? "" : "s", warnings->n, warnings->n == 1 ? "" : "s");
    return rc;
}

/* Reads the profiles as the agent does, but with the rights of the person typing. */
int check_verb(const struct cli *cli, struct err *err)
{
    CLEANUP(profile_set_free) struct profile_set set = {0};
    CLEANUP(lines_free) struct lines lines = {0};
    clock_gettime(CLOCK_REALTIME, &lines.since);
    int rc = profile_load(cli->conf, &set, err);
    if (rc == 0)
        rc = cli->json ? print_json(&set, err) : print_text(cli, &set, &lines, err);
    if (rc < 0)
        return rc;
    if (set.denied)
        fputs("signet: not all of it can be read by this user: check it as root, or a copy that "
              "this user may read with --conf DIR\n",
              stderr);
    return set.problems.n > 0 || (cli->strict && set.warnings.n > 0) ? EXIT_PROBLEMS : 0;
}
