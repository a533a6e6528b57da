#include "profile/draft.h"

#include "base/array.h"
#include "profile/check.h"
#include "profile/keys.h"
#include "profile/nearest.h"
#include "profile/problem.h"

#include <stdlib.h>
#include <string.h>

static const enum section_kind sections[] = {
    [PROFILE_TRUSTED_ROOT] = SECTION_TRUSTED_ROOT, [PROFILE_SCEP] = SECTION_SCEP};

static int find_kind(const char *word, enum profile_kind *ret, struct err *err)
{
    struct nearest nearest = {.word = word, .len = strlen(word)};
    for (enum profile_kind kind = 0; kind < LENGTH(sections); kind++) {
        if (strcmp(word, profile_kind_name(kind)) == 0) {
            *ret = kind;
            return 0;
        }
        nearest_offer(&nearest, profile_kind_name(kind));
    }
    if (strcmp(word, "agent") == 0 || strcmp(word, "attributes") == 0)
        return err_set(err, ERR_CONFIG,
                       "[%s]: no profile, but settings of this machine: they stand in signet.conf, "
                       "beside conf.d and not in it",
                       word);
    return err_set(err, ERR_CONFIG,
                   "[%.60s]: no kind of profile%s; there are trusted-root and scep", word,
                   nearest_hint(&nearest));
}

/* What is to be said about a section in a file that cannot be read whole: the first such line. */
static size_t find_damage(const struct profile_set *set, const char *file)
{
    size_t i = 0;
    while (i + 1 < set->problems.n && strcmp(set->problems.v[i].file, file) != 0)
        i++;
    return i;
}

/* A name that no profile can have is passed over, and all below it is judged. */
static int check_name(const struct conf_section *section, struct span head, struct profile *ret,
                      struct profile_set *set, struct err *err)
{
    if (text_is_name(section->name)) {
        strcpy(ret->name, section->name);
        return 0;
    }
    return problem_at(&set->problems, section->file, head, err,
                      "[%s%s%.100s]: a profile's name is 1 to %d letters, digits, '.', '_' or '-', "
                      "and does not begin with '.'",
                      section->kind, *section->name ? " " : "", section->name, PROFILE_NAME_MAX);
}

/* What a profile is before its lines are read. */
static int begin(const struct conf_section *section, enum profile_kind kind, struct profile *ret,
                 struct err *err)
{
    ret->kind = kind;
    ret->line = section->number;
    ret->file = strdup(section->file);
    if (kind == PROFILE_SCEP) {
        ret->scep.hash = HASH_SHA256;
        ret->scep.renewal_threshold = 20;
        ret->scep.poll_limit = SCEP_POLL_LIMIT;
    }
    return ret->file ? 0 : err_memory(err);
}

/* What stands twice in a list, on one line or on several, is there once. */
static int unite(struct profile *profile, struct err *err)
{
    struct scep_profile *scep = &profile->scep;
    int rc = strings_unite(&profile->scope_tags, err);
    if (rc < 0 || profile->kind != PROFILE_SCEP)
        return rc;
    struct strings *const lists[] = {&scep->ekus, &scep->urls, &scep->key_access};
    for (size_t i = 0; rc == 0 && i < LENGTH(lists); i++)
        rc = strings_unite(lists[i], err);
    return rc;
}

/* A section of any quality becomes a profile in RET, or problems. */
static int read_section(const struct conf_section *section, const char *folder, struct draft *draft,
                        struct profile_set *set, struct err *err)
{
    struct profile *profile = &draft->profile;
    enum profile_kind kind = PROFILE_SCEP;
    struct err why;
    struct keys_reading reading = {.section = section,
                                   .folder = folder,
                                   .settings = &set->settings,
                                   .problems = &set->problems,
                                   .warnings = &set->warnings};
    draft->head = conf_section_span(section);
    if (find_kind(section->kind, &kind, &why) < 0)
        return problem_at(&set->problems, section->file, draft->head, err, "%s", why.text);
    int rc = check_name(section, draft->head, profile, set, err);
    if (rc == 0)
        rc = begin(section, kind, profile, err);
    if (rc == 0)
        rc = keys_read(&reading, sections[kind], profile, err);
    if (rc == 0)
        rc = unite(profile, err);
    if (rc == 0 && kind == PROFILE_SCEP)
        rc = check_scep(profile, &reading, err);
    if (rc == 0 && !profile->description && !(profile->description = strdup("")))
        rc = err_memory(err);
    draft->root = keys_span(&reading, "root");
    draft->tls = keys_span(&reading, "tls-certificate");
    return rc;
}

void drafts_free(struct drafts *drafts)
{
    for (size_t i = 0; i < drafts->n; i++)
        profile_free(&drafts->v[i].profile);
    free(drafts->v);
    *drafts = (struct drafts){0};
}

int drafts_read(struct drafts *drafts, const struct conf *conf, const char *folder,
                struct profile_set *set, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < conf->n; i++) {
        size_t problems = set->problems.n;
        rc = array_room(&drafts->v, drafts->n, sizeof *drafts->v, err);
        if (rc < 0)
            return rc;
        struct draft *draft = &drafts->v[drafts->n++];
        draft->order = i;
        const struct conf_section *section = &conf->sections[i];
        rc = read_section(section, folder, draft, set, err);
        draft->faulty = section->damaged || set->problems.n > problems;
        draft->problem = section->damaged ? find_damage(set, section->file) : problems;
    }
    return rc;
}

static int compare(const void *a, const void *b)
{
    const struct draft *x = a, *y = b;
    int order = profile_compare(&x->profile, &y->profile);
    return order ? order : (x->order > y->order) - (x->order < y->order);
}

static int compare_found(const void *a, const void *b)
{
    const struct draft *x = a, *y = b;
    return profile_compare(&x->profile, &y->profile);
}

const struct draft *drafts_find(const struct drafts *drafts, enum profile_kind kind,
                                const char *name)
{
    struct draft wanted = {.profile.kind = kind};
    if (strlen(name) > PROFILE_NAME_MAX || drafts->n == 0)
        return NULL;
    strcpy(wanted.profile.name, name);
    return bsearch(&wanted, drafts->v, drafts->n, sizeof *drafts->v, compare_found);
}

/* Which of two profiles of one name is meant nobody can know: neither is used. */
static int mark_duplicates(struct drafts *drafts, struct profile_set *set, struct err *err)
{
    int rc = 0;
    for (size_t first = 0, i = 1; rc == 0 && i < drafts->n; i++) {
        struct draft *a = &drafts->v[first], *b = &drafts->v[i];
        if (!*b->profile.name || compare_found(a, b) != 0) {
            first = i;
            continue;
        }
        a->faulty = b->faulty = true;
        a->problem = b->problem = set->problems.n;
        rc = problem_at(&set->problems, b->profile.file, b->head, err,
                        "[%s %s] stands twice, first at %s:%u; neither is used",
                        profile_kind_name(b->profile.kind), b->profile.name, a->profile.file,
                        a->profile.line);
    }
    return rc;
}

static bool is_intermediate(const struct draft *draft)
{
    return draft->profile.root.store == ROOT_INTERMEDIATE;
}

/* A profile that has a fault already may have this one too, but no other that comes of it. */
static int check_root(struct draft *draft, const struct drafts *drafts, struct profile_set *set,
                      struct err *err)
{
    const struct profile *scep = &draft->profile;
    struct nearest nearest = {.word = scep->scep.root, .len = strlen(scep->scep.root)};
    const struct draft *root = drafts_find(drafts, PROFILE_TRUSTED_ROOT, scep->scep.root);
    if (root && draft->faulty)
        return 0;
    if (!draft->faulty) {
        draft->faulty = draft->rootless = !root || root->faulty || is_intermediate(root);
        draft->problem = set->problems.n;
    }
    if (root && root->faulty)
        return problem_at(&set->problems, scep->file, draft->root, err,
                          "root: [trusted-root %s] at %s:%u has a problem of its own",
                          scep->scep.root, root->profile.file, root->profile.line);
    if (root && is_intermediate(root))
        return problem_at(&set->problems, scep->file, draft->root, err,
                          "root: %s has store = intermediate (%s:%u), which is not "
                          "trusted by itself; name the root above it",
                          scep->scep.root, root->profile.file, root->profile.line);
    if (root)
        return check_covers(&root->profile.assignment, &scep->assignment)
                   ? 0
                   : problem_at(&set->warnings, scep->file, draft->root, err,
                                "root: %s is not for everyone whom this profile may be for, or not "
                                "on every machine; they will wait",
                                scep->scep.root);
    for (size_t i = 0; i < drafts->n && drafts->v[i].profile.kind == PROFILE_TRUSTED_ROOT; i++)
        nearest_offer(&nearest, drafts->v[i].profile.name);
    return problem_at(&set->problems, scep->file, draft->root, err,
                      "root: there is no [trusted-root %.60s]%s", scep->scep.root,
                      nearest_hint(&nearest));
}

int drafts_resolve(struct drafts *drafts, struct profile_set *set, struct err *err)
{
    if (drafts->n)
        qsort(drafts->v, drafts->n, sizeof *drafts->v, compare);
    int rc = mark_duplicates(drafts, set, err);
    for (size_t i = 0; rc == 0 && i < drafts->n; i++)
        if (drafts->v[i].profile.kind == PROFILE_SCEP && drafts->v[i].profile.scep.root)
            rc = check_root(&drafts->v[i], drafts, set, err);
    for (bool again = true; rc == 0 && again;) {
        again = false;
        for (size_t i = 0; rc == 0 && i < drafts->n; i++)
            if (drafts->v[i].profile.kind == PROFILE_SCEP && !drafts->v[i].faulty)
                rc = draft_tls_check(&drafts->v[i], drafts, set, &again, err);
    }
    return rc;
}
