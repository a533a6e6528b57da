#include "profile/clause.h"

#include "profile/version.h"

static void clause_free(struct clause *clause)
{
    for (size_t i = 0; i < clause->n; i++)
        free(clause->v[i].value);
    free(clause->v);
    free(clause->text);
}

void clauses_free(struct clauses *clauses)
{
    for (size_t i = 0; i < clauses->n; i++)
        clause_free(&clauses->v[i]);
    free(clauses->v);
    *clauses = (struct clauses){0};
}

static bool comparison_holds(enum platform_fact fact, const struct comparison *comparison,
                             const char *found)
{
    if (!platform_is_version(fact))
        return platform_is(fact, found, comparison->value);
    int order = version_compare(found, comparison->value);
    switch (comparison->op) {
    case COMPARE_LESS:
        return order < 0;
    case COMPARE_LESS_EQUAL:
        return order <= 0;
    case COMPARE_GREATER:
        return order > 0;
    case COMPARE_GREATER_EQUAL:
        return order >= 0;
    case COMPARE_UNEQUAL:
        return order != 0;
    case COMPARE_IS:
    case COMPARE_EQUAL:
        break;
    }
    return order == 0;
}

static bool holds(const struct clause *clause, const struct platform *platform)
{
    const char *found = platform ? platform->fact[clause->fact] : NULL;
    if (!found)
        return false;
    bool any = clause->v[0].op == COMPARE_IS;
    for (size_t i = 0; i < clause->n; i++)
        if (comparison_holds(clause->fact, &clause->v[i], found) == any)
            return any;
    return !any;
}

const struct clause *clauses_failing(const struct clauses *clauses, const struct platform *platform)
{
    for (size_t i = 0; i < clauses->n; i++)
        if (!holds(&clauses->v[i], platform))
            return &clauses->v[i];
    return NULL;
}
