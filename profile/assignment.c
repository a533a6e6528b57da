#include "profile/assignment.h"

const struct rule_form rule_forms[RULE_KINDS] = {
    [RULE_ASSIGN_USERS] = {"assign-users", ABOUT_USERS, false},
    [RULE_ASSIGN_GROUPS] = {"assign-groups", ABOUT_GROUPS, false},
    [RULE_ASSIGN_HOSTS] = {"assign-hosts", ABOUT_HOSTS, false},
    [RULE_EXCLUDE_USERS] = {"exclude-users", ABOUT_USERS, true},
    [RULE_EXCLUDE_GROUPS] = {"exclude-groups", ABOUT_GROUPS, true},
    [RULE_EXCLUDE_HOSTS] = {"exclude-hosts", ABOUT_HOSTS, true},
    [RULE_APPLIES_TO] = {"applies-to", ABOUT_PLATFORM, false},
    [RULE_NOT_APPLIES_TO] = {"not-applies-to", ABOUT_PLATFORM, true},
};

void assignment_free(struct assignment *assignment)
{
    for (size_t i = 0; i < assignment->n; i++) {
        free(assignment->v[i].text);
        strings_free(&assignment->v[i].words);
        clauses_free(&assignment->v[i].clauses);
    }
    free(assignment->v);
    *assignment = (struct assignment){0};
}
