#include "agent/cycle.h"

#include "agent/job.h"
#include "agent/removal.h"
#include "agent/report.h"
#include "base/log.h"
#include "base/proc.h"
#include "store/anchor.h"

#include <stdio.h>
#include <string.h>

struct progress {
    const struct agent *agent;
    const struct cycle *cycle;
    const struct entry_id *ids; /* what this owner had in the store when its turn came */
    size_t n_ids;
    const struct owner *owner; /* whose turn it is; NULL: nobody's */
    int64_t next;
    unsigned jobs;
    struct err first; /* class 0: none yet */
};

/* A user's line has the uid too, by which a journal is searched. */
static void tell(const struct progress *p, int priority, const struct err *err)
{
    if (p->owner && !p->owner->device)
        log_line(priority, "uid %u: %s", p->owner->uid, err->text);
    else
        log_line(priority, "%s", err->text);
}

static void failed(struct progress *p, const struct err *err)
{
    tell(p, err->class == ERR_RETRY ? LOG_WARNING : LOG_ERR, err);
    if (!p->first.class)
        p->first = *err;
}

/* Adds the owners that are in IDS, which has one owner's together. */
static void add_owners(const struct entry_id *ids, size_t n_ids, struct owner *owners, size_t *n)
{
    for (size_t i = 0; i < n_ids; i++)
        if (!owner_same(&ids[i].owner, &owners[*n - 1]))
            owners[(*n)++] = ids[i].owner;
}

static int compare_owners(const void *a, const void *b)
{
    const struct owner *x = a, *y = b;
    if (x->device != y->device)
        return x->device ? -1 : 1;
    return (x->uid > y->uid) - (x->uid < y->uid);
}

/* Sorts, and leaves one of each. */
static size_t unite(struct owner *owners, size_t n)
{
    size_t kept = 1;
    qsort(owners, n, sizeof *owners, compare_owners);
    for (size_t i = 1; i < n; i++)
        if (!owner_same(&owners[i], &owners[kept - 1]))
            owners[kept++] = owners[i];
    return kept;
}

int cycle_owners(const struct agent *agent, const struct owner *extra, struct owner **ret,
                 size_t *ret_n, struct err *err)
{
    autofree struct entry_id *ids = NULL, *removed = NULL;
    size_t n_ids = 0, n_removed = 0, n = 0;
    int rc = store_list(&agent->store, &ids, &n_ids, err);
    if (rc == 0)
        rc = removed_list(&agent->store, &removed, &n_removed, err);
    if (rc < 0)
        return rc;

    struct owner *owners = calloc(n_ids + n_removed + 2, sizeof *owners);
    if (!owners)
        return err_memory(err);
    owners[n++].device = true;
    add_owners(ids, n_ids, owners, &n);
    add_owners(removed, n_removed, owners, &n);
    if (extra)
        owners[n++] = *extra;
    *ret = owners;
    *ret_n = unite(owners, n);
    return 0;
}

static bool is_asked_for(const struct cycle *cycle, const struct profile *profile)
{
    return profile->kind == PROFILE_SCEP &&
           (!cycle->profile || strcmp(cycle->profile, profile->name) == 0);
}

static bool has_entry(const struct progress *p, const char *profile)
{
    for (size_t i = 0; i < p->n_ids; i++)
        if (strcmp(p->ids[i].profile, profile) == 0)
            return true;
    return false;
}

static struct entry_id id_of(const struct owner *owner, const char *profile)
{
    struct entry_id id = {.owner = *owner};
    snprintf(id.profile, sizeof id.profile, "%s", profile);
    return id;
}

static void run_job(struct progress *p, const struct profile *profile, const struct owner *owner,
                    const struct candidate *candidate)
{
    const struct job job = {
        .agent = p->agent,
        .profile = profile,
        .owner = *owner,
        .user = candidate->user,
        .mode = p->cycle->mode,
        .asker = p->cycle->asker,
        .named = p->cycle->profile != NULL,
        .pin = p->cycle->pin,
        .progress = p->cycle->progress,
        .context = p->cycle->context,
    };
    struct err err;
    int64_t next = 0;
    proc_end_after(p->cycle->step_ms);
    if (job_run(&job, &next, &err) < 0)
        failed(p, &err);
    if (next && (!p->next || next < p->next))
        p->next = next;
}

/* Waiting is no fault of a cycle, but whoever asked for this one profile is to know. */
static void block(struct progress *p, const struct entry_id *id, const struct candidate *candidate,
                  const char *reason)
{
    struct err err;
    int rc = job_block(p->agent, id, candidate->user, reason, &err);
    if (rc == 0 && p->cycle->profile)
        rc = err_set(&err, ERR_CONFIG, "%s", reason);
    if (rc < 0) {
        err_context(&err, "profile %s, %s", id->profile,
                    candidate->user ? candidate->user : "device");
        failed(p, &err);
    }
}

static unsigned depth_of(const struct progress *p, const struct profile *profile)
{
    return profile->kind == PROFILE_SCEP ? profile_depth(&p->agent->profiles, profile) : 0;
}

/* As candidate_applies(). */
static int applies(const struct progress *p, const struct profile *profile,
                   const struct candidate *candidate, struct rule_verdict *ret, struct err *err)
{
    proc_end_after(p->cycle->step_ms);
    int rc = candidate_applies(candidate, profile, ret, err);
    if (rc < 0)
        err_context(err, "profile %s, %s", profile->name,
                    candidate->user ? candidate->user : "device");
    return rc;
}

/* Those whose certificates for TLS rest upon DEPTH others. */
static void run_depth(struct progress *p, unsigned depth, const struct owner *owner,
                      const struct candidate *candidate)
{
    for (size_t i = 0; i < p->agent->profiles.n; i++) {
        const struct profile *profile = &p->agent->profiles.v[i];
        if (depth_of(p, profile) != depth)
            continue;
        const struct entry_id id = id_of(owner, profile->name);
        /* What is new comes with a cycle. */
        if (!is_asked_for(p->cycle, profile) ||
            (p->cycle->mode == ENGINE_DUE && !has_entry(p, profile->name)))
            continue;
        autobuf reason = {0};
        struct err err;
        int ready = applies(p, profile, candidate, NULL, &err);
        if (ready == 0)
            continue;
        p->jobs++;
        if (ready > 0)
            ready = agent_ready(p->agent, profile, owner, candidate, &reason, &err);
        if (ready < 0)
            failed(p, &err);
        else if (ready)
            run_job(p, profile, owner, candidate);
        else
            block(p, &id, candidate, buf_text(&reason));
    }
}

/* What a certificate is to be shown for comes after that certificate. */
static void run_profiles(struct progress *p, const struct owner *owner,
                         const struct candidate *candidate)
{
    unsigned deepest = 0;
    for (size_t i = 0; i < p->agent->profiles.n; i++) {
        unsigned depth = depth_of(p, &p->agent->profiles.v[i]);
        deepest = depth > deepest ? depth : deepest;
    }
    for (unsigned depth = 0; depth <= deepest; depth++)
        run_depth(p, depth, owner, candidate);
}

/* Appends why no profile asks for this entry; nothing when one does. */
static int find_reason(const struct progress *p, const struct entry_id *id,
                       const struct candidate *candidate, struct buf *ret, struct err *err)
{
    struct rule_verdict verdict;
    const struct profile *profile = profile_find(&p->agent->profiles, PROFILE_SCEP, id->profile);
    int rc = profile ? applies(p, profile, candidate, &verdict, err) : 0;
    if (rc != 0)
        return rc < 0 ? rc : 0;
    rc = buf_add_text(ret, "no profile asks for it any more: ", err);
    if (rc < 0)
        return rc;
    return profile ? rule_explain(profile, &verdict, ret, err)
                   : buf_printf(ret, err, "there is no [scep %s] in conf.d", id->profile);
}

static int remove_one(struct progress *p, const struct entry_id *id,
                      const struct candidate *candidate, struct err *err)
{
    autobuf reason = {0};
    int rc = find_reason(p, id, candidate, &reason, err);
    if (rc < 0 || reason.len == 0 || !removal_has(p->agent, id))
        return rc;
    rc = removal_run(p->agent, id, buf_text(&reason), err);
    if (rc == 0)
        log_line(LOG_NOTICE, "profile %s, %s: removed with its key: %s", id->profile,
                 candidate->user ? candidate->user : "device", buf_text(&reason));
    return rc;
}

/* Entries of this owner that no profile asks for. Only on the strength of a conf.d that was read
 * whole, and when the owner could be asked about: a typing error or a directory server that is
 * down must not cost anybody a key. Then what waits for a root that conf.d does not have any more
 * is told so. */
static void remove_unwanted(struct progress *p, const struct candidate *candidate)
{
    struct err err;
    for (size_t i = 0; i < p->n_ids; i++) {
        const struct entry_id *id = &p->ids[i];
        const struct faulty_profile *faulty =
            profile_find_faulty(&p->agent->profiles, PROFILE_SCEP, id->profile);
        if (p->cycle->profile && strcmp(p->cycle->profile, id->profile) != 0)
            continue;
        if (faulty && faulty->rootless)
            block(p, id, candidate, faulty->problem);
        if (p->agent->profiles.complete && !p->cycle->profile &&
            remove_one(p, id, candidate, &err) < 0)
            failed(p, &err);
    }
}

static void remove_others(struct progress *p, const char *user)
{
    struct err err;
    for (size_t i = 0; i < p->n_ids; i++)
        if (removal_of_others(p->agent, &p->ids[i], user, &err) < 0)
            failed(p, &err);
}

/* A user who is gone keeps what there is: whether for good, only an administrator can know. */
static void pass_over(const struct progress *p, const struct owner *owner)
{
    if (p->n_ids && p->cycle->mode != ENGINE_DUE)
        log_line(LOG_NOTICE,
                 "no user has the uid %u: its certificates (%zu) are left as they are; "
                 "\"signet remove --user %u PROFILE\" removes one",
                 owner->uid, p->n_ids, owner->uid);
}

/* Is it the owner, one of many, of whom nothing could be learnt, and not the machine? */
static bool is_unknown(const struct progress *p, const struct owner *owner)
{
    return !owner->device && p->cycle->n_owners > 1 && !p->agent->platform_err.class;
}

static void run_owner(struct progress *p, const struct owner *owner)
{
    CLEANUP(candidate_free) struct candidate candidate = {0};
    autofree struct entry_id *ids = NULL;
    size_t n = 0;
    struct err err;
    proc_end_after(p->cycle->step_ms);
    p->owner = owner;
    int rc = owner_list(&p->agent->store, owner, &ids, &n, &err);
    p->ids = ids;
    p->n_ids = n;
    if (rc == 0)
        rc = agent_candidate(p->agent, owner, &candidate, &err);
    if (rc == -ERR_CONFIG && is_unknown(p, owner)) {
        pass_over(p, owner);
    } else if (rc < 0) {
        failed(p, &err);
    } else {
        remove_others(p, candidate.user);
        run_profiles(p, owner, &candidate);
        remove_unwanted(p, &candidate);
    }
}

static enum anchor_kind kind_of(const struct profile *profile)
{
    return profile->root.store == ROOT_INTERMEDIATE ? ANCHOR_ISSUER : ANCHOR_TRUSTED;
}

static void put_anchors(struct progress *p)
{
    struct err err;
    for (size_t i = 0; i < p->agent->profiles.n; i++) {
        const struct profile *profile = &p->agent->profiles.v[i];
        if (profile->kind != PROFILE_TRUSTED_ROOT)
            continue;
        if (anchor_check(&profile->root.der, profile->root.certificate, &err) < 0 ||
            store_anchor_put(&p->agent->store, kind_of(profile), profile->name, &profile->root.der,
                             &err) < 0) {
            err_context(&err, "%s:%u", profile->file, profile->line);
            failed(p, &err);
        }
    }
}

static void remove_anchors(struct progress *p, enum anchor_kind kind)
{
    CLEANUP(strings_free) struct strings names = {0};
    struct err err;
    if (!p->agent->profiles.complete)
        return;
    if (store_anchors(&p->agent->store, kind, &names, &err) < 0)
        failed(p, &err);
    for (size_t i = 0; i < names.n; i++) {
        const struct profile *profile =
            profile_find(&p->agent->profiles, PROFILE_TRUSTED_ROOT, names.v[i]);
        if ((!profile || kind_of(profile) != kind) &&
            store_anchor_remove(&p->agent->store, kind, names.v[i], &err) < 0)
            failed(p, &err);
    }
}

/* Whoever has asked for a profile that is none, or is not for this owner, is mistaken: that is no
 * fault of ours, or of a server's. */
static int check_asked(const struct progress *p, struct err *err)
{
    const char *profile = p->cycle->profile;
    if (!profile || p->jobs || p->first.class)
        return 0;
    int rc = report_knows(p->agent, profile)
                 ? err_set(err, ERR_CONFIG, "profile %s: does not apply here", profile)
                 : profile_unknown(&p->agent->profiles, 1u << PROFILE_SCEP, profile, err);
    tell(p, LOG_NOTICE, err);
    return rc;
}

int cycle_run(const struct agent *agent, const struct cycle *cycle, int64_t *ret_next,
              struct err *err)
{
    struct progress p = {.agent = agent, .cycle = cycle};
    if (cycle->anchors) {
        put_anchors(&p);
        for (int kind = 0; kind < ANCHOR_KINDS; kind++)
            remove_anchors(&p, (enum anchor_kind)kind);
    }
    for (size_t i = 0; i < cycle->n_owners; i++)
        run_owner(&p, &cycle->owners[i]);
    int rc = check_asked(&p, err);
    p.owner = NULL;
    if (cycle->anchors && removal_forget(agent, clock_now(), err) < 0)
        failed(&p, err);
    *ret_next = p.next;
    return p.first.class ? err_set(err, p.first.class, "%s", p.first.text) : rc;
}
