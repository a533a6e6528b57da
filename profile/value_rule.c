/* The lines that say whom a profile is for. */
#include "profile/value.h"

#include "base/array.h"

#include <string.h>

/* A comment that reads like a clause was meant as one: dropping it would make another rule. */
static int check_comment(const char *comment, struct err *err)
{
    size_t len;
    const char *clause = clauses_in_comment(comment, &len);
    if (!clause)
        return 0;
    err_set(err, ERR_CONFIG,
            "\" ; %.*s\" begins a comment, so this would not be in the rule: write ';' "
            "without a blank before it (comments: begin a line with #)",
            (int)(len < 60 ? len : 60), clause);
    return err_at(err, clause, len);
}

static enum rule_kind kind_of(const char *key)
{
    enum rule_kind kind = 0;
    while (kind < RULE_KINDS - 1 && strcmp(rule_forms[kind].key, key) != 0)
        kind++;
    return kind;
}

static int read_value(const struct value_place *place, const char *value, struct rule *rule,
                      struct err *err)
{
    switch (rule_forms[rule->kind].subject) {
    case ABOUT_USERS:
    case ABOUT_GROUPS:
        return value_list(place, value, &rule->words, err);
    case ABOUT_HOSTS:
        return value_globs(place, value, &rule->words, err);
    case ABOUT_PLATFORM:
        break;
    }
    int rc = check_comment(place->line->comment, err);
    return rc < 0 ? rc : clauses_parse(value, &rule->clauses, place->faults, err);
}

int value_rule(const struct value_place *place, const char *value, void *target, struct err *err)
{
    struct assignment *assignment = target;
    int rc = array_room(&assignment->v, assignment->n, sizeof *assignment->v, err);
    if (rc < 0)
        return rc;
    /* A part of the list at once, so that it is freed with it whatever happens. */
    struct rule *rule = &assignment->v[assignment->n++];
    rule->kind = kind_of(place->line->key);
    rule->line = place->line->number;
    rule->text = strdup(value);
    return rule->text ? read_value(place, value, rule, err) : err_memory(err);
}
