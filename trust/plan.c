#include "trust/plan.h"

#include "base/array.h"

#include <string.h>

void plan_files_free(struct plan_files *files)
{
    for (size_t i = 0; i < files->n; i++)
        buf_free(&files->v[i].content);
    free(files->v);
    *files = (struct plan_files){0};
}

int plan_files_add(struct plan_files *files, const char *name, const char *digest,
                   struct buf *content, struct err *err)
{
    if (strlen(name) > PLAN_NAME_MAX || strlen(digest) >= sizeof files->v->digest)
        return err_set(err, ERR_RESOURCE, "%.80s: a name too long for a trust anchor", name);
    int rc = array_room(&files->v, files->n, sizeof *files->v, err);
    if (rc < 0)
        return rc;
    struct plan_file *file = &files->v[files->n++];
    memcpy(file->name, name, strlen(name));
    memcpy(file->digest, digest, strlen(digest));
    if (content) {
        file->content = *content;
        *content = (struct buf){0};
    }
    return 0;
}

void plan_free(struct plan *plan)
{
    free(plan->v);
    *plan = (struct plan){0};
}

static const struct plan_file *find(const struct plan_files *files, const char *name)
{
    for (size_t i = 0; i < files->n; i++)
        if (strcmp(files->v[i].name, name) == 0)
            return &files->v[i];
    return NULL;
}

static bool same(const struct plan_file *a, const struct plan_file *b)
{
    return a && b && a->digest[0] && strcmp(a->digest, b->digest) == 0;
}

/* The manifest may have a name twice: what was there, and what was about to be. */
static bool is_ours(const struct plan_file *present, const struct plan_files *manifest)
{
    for (size_t i = 0; present && i < manifest->n; i++)
        if (strcmp(manifest->v[i].name, present->name) == 0 && same(&manifest->v[i], present))
            return true;
    return false;
}

static enum plan_step decide(const struct plan_file *wanted, const struct plan_file *present,
                             bool ours, bool may_remove)
{
    bool usable = wanted && wanted->digest[0];
    if (!present)
        return usable ? PLAN_ADD : PLAN_FORGET;
    if (same(wanted, present))
        return ours ? PLAN_KEEP : PLAN_SAME;
    if (!ours)
        return usable ? PLAN_BLOCKED : PLAN_FOREIGN;
    if (usable)
        return PLAN_REPLACE;
    return wanted || !may_remove ? PLAN_KEEP : PLAN_REMOVE;
}

static int compare_actions(const void *a, const void *b)
{
    const struct plan_action *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static bool contains(const struct plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->n; i++)
        if (strcmp(plan->v[i].name, name) == 0)
            return true;
    return false;
}

int plan_make(const struct plan_files *wanted, const struct plan_files *present,
              const struct plan_files *manifest, bool may_remove, struct plan *ret, struct err *err)
{
    const struct plan_files *const lists[] = {wanted, present, manifest};
    CLEANUP(plan_free)
    struct plan plan = {
        .v = calloc(wanted->n + present->n + manifest->n + 1, sizeof(struct plan_action))};
    if (!plan.v)
        return err_memory(err);
    for (size_t i = 0; i < LENGTH(lists); i++)
        for (size_t j = 0; j < lists[i]->n; j++) {
            const char *name = lists[i]->v[j].name;
            if (contains(&plan, name))
                continue;
            const struct plan_file *w = find(wanted, name), *p = find(present, name);
            plan.v[plan.n++] =
                (struct plan_action){.step = decide(w, p, is_ours(p, manifest), may_remove),
                                     .name = name,
                                     .wanted = w,
                                     .present = p};
        }
    qsort(plan.v, plan.n, sizeof *plan.v, compare_actions);
    *ret = plan;
    plan = (struct plan){0};
    return 0;
}
