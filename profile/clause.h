/* The conditions of an applies-to line: clauses with ';' between them, each about one fact. */
#ifndef SIGNET_PROFILE_CLAUSE_H
#define SIGNET_PROFILE_CLAUSE_H

#include "machine/platform.h"
#include "profile/faults.h"

/* `os-id debian, ubuntu` is any of the words; `os-version 12, 13.1` any of the versions;
 * `os-version >= 12, < 14` all of the comparisons (version_compare()). */
enum comparison_op {
    COMPARE_IS, /* a bare word or version */
    COMPARE_LESS,
    COMPARE_LESS_EQUAL,
    COMPARE_GREATER,
    COMPARE_GREATER_EQUAL,
    COMPARE_EQUAL,
    COMPARE_UNEQUAL,
};

struct comparison {
    enum comparison_op op;
    char *value;
};

struct clause {
    enum platform_fact fact;
    char *text; /* as it was written, for people */
    struct comparison *v;
    size_t n;
};

struct clauses {
    struct clause *v;
    size_t n;
};

void clauses_free(struct clauses *clauses);

/* Appends the clauses of VALUE. CONFIG, marked by err_at(), for what is none: the nearest known
 * fact or word is named. */
int clauses_parse(const char *value, struct clauses *ret, struct faults *more, struct err *err);

/* The first part of a COMMENT that reads like a clause, LEN bytes of it, NULL for none: where " ; "
 * begins a comment, it may have been meant as one. */
const char *clauses_in_comment(const char *comment, size_t *ret_len);

/* The first clause that does not hold, as none does when this machine has no such fact; NULL: all
 * of them do. */
const struct clause *clauses_failing(const struct clauses *clauses,
                                     const struct platform *platform);

#endif
