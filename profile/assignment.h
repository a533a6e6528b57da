/* Whom a profile is for, as its file says it: a list of lines. profile/rule.h decides by them. */
#ifndef SIGNET_PROFILE_ASSIGNMENT_H
#define SIGNET_PROFILE_ASSIGNMENT_H

#include "base/text.h"
#include "profile/clause.h"

enum rule_kind {
    RULE_ASSIGN_USERS,
    RULE_ASSIGN_GROUPS,
    RULE_ASSIGN_HOSTS,
    RULE_EXCLUDE_USERS,
    RULE_EXCLUDE_GROUPS,
    RULE_EXCLUDE_HOSTS,
    RULE_APPLIES_TO,
    RULE_NOT_APPLIES_TO,
    RULE_KINDS,
};

enum rule_subject { ABOUT_USERS, ABOUT_GROUPS, ABOUT_HOSTS, ABOUT_PLATFORM };

struct rule_form {
    const char *key;
    enum rule_subject subject;
    bool excludes;
};

/* By kind. */
extern const struct rule_form rule_forms[RULE_KINDS];

struct rule {
    enum rule_kind kind;
    unsigned line;          /* of the profile's file */
    char *text;             /* the value as it stands there, on one line */
    struct strings words;   /* names of users or groups, globs for hosts */
    struct clauses clauses; /* all of which must hold */
};

/* In the order of the file. */
struct assignment {
    struct rule *v;
    size_t n;
};

void assignment_free(struct assignment *assignment);

#endif
