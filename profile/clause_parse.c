#include "profile/clause.h"

#include "base/array.h"
#include "profile/nearest.h"
#include "profile/version.h"

#include <string.h>

#define SIGNS    "<>=!"
#define WORD_MAX 64

/* A part of the value; errors point to it. */
struct slice {
    const char *at;
    size_t len;
};

/* For printing with "%.*s", cut where it gets long. */
#define SHOWN(slice) (int)((slice).len < 60 ? (slice).len : 60), (slice).at

static const struct {
    const char *sign;
    enum comparison_op op;
} ops[] = {
    {"<", COMPARE_LESS},           {"<=", COMPARE_LESS_EQUAL}, {">", COMPARE_GREATER},
    {">=", COMPARE_GREATER_EQUAL}, {"=", COMPARE_EQUAL},       {"!=", COMPARE_UNEQUAL},
};

static bool equals(struct slice slice, const char *word)
{
    return strlen(word) == slice.len && memcmp(slice.at, word, slice.len) == 0;
}

static struct slice trim(struct slice slice)
{
    while (slice.len && strchr(" \n", slice.at[0])) {
        slice.at++;
        slice.len--;
    }
    while (slice.len && strchr(" \n", slice.at[slice.len - 1]))
        slice.len--;
    return slice;
}

/* The part before the next SEPARATOR; REST.at is NULL after the last one. */
static struct slice next_part(struct slice *rest, char separator)
{
    const char *end = memchr(rest->at, separator, rest->len);
    struct slice part = {rest->at, end ? (size_t)(end - rest->at) : rest->len};
    *rest = end ? (struct slice){end + 1, rest->len - part.len - 1} : (struct slice){0};
    return trim(part);
}

/* How many bytes at the front are among SET (or, with NOT, are not). */
static size_t span(struct slice slice, const char *set, bool not )
{
    size_t n = 0;
    while (n < slice.len && (strchr(set, slice.at[n]) == NULL) == not )
        n++;
    return n;
}

static struct slice behind(struct slice slice, size_t n)
{
    return trim((struct slice){slice.at + n, slice.len - n});
}

static int fault_at(struct slice slice, struct err *err)
{
    return err_at(err, slice.at, slice.len);
}

static int find_fact(struct slice word, enum platform_fact *ret, struct nearest *nearest)
{
    *nearest = (struct nearest){.word = word.at, .len = word.len};
    for (enum platform_fact fact = 0; fact < FACTS; fact++) {
        if (equals(word, platform_name(fact)) ||
            (fact == FACT_VIRTUALISATION && equals(word, "virtualization"))) {
            *ret = fact;
            return 0;
        }
        nearest_offer(nearest, platform_name(fact));
    }
    return -ERR_CONFIG;
}

/* A word that is the value of a fact with words. */
static int check_word(enum platform_fact fact, struct slice word, struct err *err)
{
    struct nearest nearest = {.word = word.at, .len = word.len};
    const char *known;
    if (word.len && strchr(SIGNS, *word.at)) {
        err_set(err, ERR_CONFIG,
                "%s is compared by words alone: write %s WORD, WORD, or put it into a "
                "not-applies-to line",
                platform_name(fact), platform_name(fact));
        return fault_at((struct slice){word.at, span(word, SIGNS, false)}, err);
    }
    for (size_t i = 0; (known = platform_word(fact, i)); i++) {
        if (strlen(known) == word.len && strncasecmp(known, word.at, word.len) == 0)
            return 0;
        nearest_offer(&nearest, known);
    }
    if (!platform_word(fact, 0) && word.len && word.len <= WORD_MAX &&
        span(word, " ,;<>=!\"'", true) == word.len)
        return 0;
    err_set(err, ERR_CONFIG, "\"%.*s\" is no word for %s, such as %s%s", SHOWN(word),
            platform_name(fact), platform_word(fact, 0) ? platform_word(fact, 1) : "debian, ubuntu",
            nearest_hint(&nearest));
    return fault_at(word, err);
}

/* [SIGN] VERSION */
static int read_version(enum platform_fact fact, struct slice *part, enum comparison_op *ret,
                        struct err *err)
{
    struct slice sign = {part->at, span(*part, SIGNS, false)};
    *ret = COMPARE_IS;
    for (size_t i = 0; i < LENGTH(ops); i++)
        if (equals(sign, ops[i].sign))
            *ret = ops[i].op;
    if (sign.len && *ret == COMPARE_IS) {
        err_set(err, ERR_CONFIG,
                "\"%.*s\" is no comparison; there are < <= > >= = !=", SHOWN(sign));
        return fault_at(sign, err);
    }
    struct slice whole = *part;
    *part = behind(*part, sign.len);
    if (version_valid(part->at, part->len))
        return 0;
    err_set(err, ERR_CONFIG,
            "\"%.*s\" is no version: %s is compared with numbers such as 12 or 22.04, with letters "
            "and . - ~ ^ + _ behind the first digit",
            SHOWN(*part), platform_name(fact));
    return fault_at(part->len ? *part : whole, err);
}

/* Any of a list, or all of several comparisons: what would be both, or never hold, was meant
 * otherwise. */
static int check_mixture(const struct clause *clause, enum comparison_op op, struct slice part,
                         struct err *err)
{
    if (clause->n == 0)
        return 0;
    enum comparison_op first = clause->v[0].op;
    if ((op == COMPARE_IS) != (first == COMPARE_IS))
        err_set(err, ERR_CONFIG,
                "%s: either a list such as 12, 13 or comparisons such as >= 12, < 14, not both",
                platform_name(clause->fact));
    else if (op == COMPARE_EQUAL || first == COMPARE_EQUAL)
        err_set(err, ERR_CONFIG,
                "%s: '=' stands alone, as all comparisons of a clause must hold; for any of "
                "several write 12, 13",
                platform_name(clause->fact));
    else
        return 0;
    return fault_at(part, err);
}

static int add_comparison(struct clause *clause, struct slice part, struct err *err)
{
    struct slice whole = part;
    enum comparison_op op = COMPARE_IS;
    int rc = platform_is_version(clause->fact) ? read_version(clause->fact, &part, &op, err)
                                               : check_word(clause->fact, part, err);
    if (rc == 0)
        rc = check_mixture(clause, op, whole, err);
    if (rc == 0)
        rc = array_room(&clause->v, clause->n, sizeof *clause->v, err);
    if (rc < 0)
        return rc;
    clause->v[clause->n].op = op;
    clause->v[clause->n].value = strndup(part.at, part.len);
    return clause->v[clause->n++].value ? 0 : err_memory(err);
}

/* Two lists for one fact would both have to hold: any of both was meant. */
static int check_once(const struct clauses *clauses, const struct clause *clause, struct slice text,
                      struct err *err)
{
    for (size_t i = 0; clause->v[0].op == COMPARE_IS && i < clauses->n; i++)
        if (clauses->v[i].n && clauses->v[i].fact == clause->fact &&
            clauses->v[i].v[0].op == COMPARE_IS) {
            err_set(err, ERR_CONFIG,
                    "%s stands twice, and both would have to hold: write one list, or a second "
                    "line",
                    platform_name(clause->fact));
            return fault_at(text, err);
        }
    return 0;
}

/* FACT PART, PART... */
static int read_clause(struct slice text, struct clause *clause, struct faults *more,
                       struct err *err)
{
    struct nearest nearest;
    struct slice word = {text.at, span(text, " \n," SIGNS, true)};
    struct slice rest = behind(text, word.len);
    if (find_fact(word, &clause->fact, &nearest) < 0) {
        err_set(err, ERR_CONFIG,
                "\"%.*s\" is no fact about a machine%s; there are os-id, os-version, kernel, "
                "chassis, virtualisation",
                SHOWN(word), nearest_hint(&nearest));
        return fault_at(word.len ? word : text, err);
    }
    if (!rest.len) {
        err_set(err, ERR_CONFIG, "%s: what should it be? such as os-id debian; os-version >= 12",
                platform_name(clause->fact));
        return fault_at(text, err);
    }
    int rc = (clause->text = strndup(text.at, text.len)) ? 0 : err_memory(err);
    if (rc < 0)
        return rc;
    struct err fault = {0};
    while (rest.at && (rc == 0 || faults_wanted(more, &fault)))
        if (add_comparison(clause, next_part(&rest, ','), &fault) < 0)
            rc = faults_note(more, rc, &fault, err);
    return rc;
}

/* One of them, which is in the list from here on, whatever is wrong with it. */
static int add_clause(struct clauses *clauses, struct slice text, struct faults *more,
                      struct err *err)
{
    if (!text.len) {
        err_set(err, ERR_CONFIG, "a clause is empty: ';' stands between clauses only");
        return fault_at(text, err);
    }
    int rc = array_room(&clauses->v, clauses->n, sizeof *clauses->v, err);
    if (rc < 0)
        return rc;
    struct clause *clause = &clauses->v[clauses->n];
    rc = read_clause(text, clause, more, err);
    if (rc == 0)
        rc = check_once(clauses, clause, text, err);
    clauses->n++;
    return rc;
}

int clauses_parse(const char *value, struct clauses *ret, struct faults *more, struct err *err)
{
    struct slice rest = {value, strlen(value)};
    int rc = 0;
    while (rest.at) {
        struct err fault;
        struct faults behind = {0};
        if (add_clause(ret, next_part(&rest, ';'), more ? &behind : NULL, &fault) == 0)
            continue;
        rc = faults_note(more, rc, &fault, err);
        for (size_t i = 0; i < behind.n; i++)
            rc = faults_note(more, rc, &behind.v[i], err);
        if (!faults_wanted(more, &fault))
            break;
    }
    return rc;
}

static bool reads_like_clause(struct slice text)
{
    struct nearest nearest;
    enum platform_fact fact;
    struct slice word = {text.at, span(text, " \n," SIGNS, true)};
    struct slice rest = behind(text, word.len);
    if ((find_fact(word, &fact, &nearest) < 0 && !nearest.best) || !rest.len)
        return false;
    if (strchr(SIGNS, *rest.at))
        return true;
    while (rest.at) {
        struct slice part = next_part(&rest, ',');
        if (span(part, " ", true) < part.len)
            return false; /* prose */
    }
    return true;
}

const char *clauses_in_comment(const char *comment, size_t *ret_len)
{
    struct slice lines = {comment, comment ? strlen(comment) : 0};
    while (lines.at) {
        struct slice line = next_part(&lines, '\n');
        while (line.at) {
            struct slice text = next_part(&line, ';');
            if (!reads_like_clause(text))
                continue;
            *ret_len = text.len;
            return text.at;
        }
    }
    return NULL;
}
