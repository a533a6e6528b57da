#include "agent/cycle.h"

#include "agent/job.h"
#include "base/log.h"
#include "store/anchor.h"

#include <stdio.h>
#include <string.h>

struct progress {
    const struct agent *agent;
    const struct cycle *cycle;
    int64_t next;
    unsigned jobs;
    struct err first; /* class 0: none yet */
};

static void failed(struct progress *p, const struct err *err)
{
    log_line(LOG_ERR, "%s", err->text);
    if (!p->first.class)
        p->first = *err;
}

int cycle_owners(const struct agent *agent, const struct owner *extra, struct owner **ret,
                 size_t *ret_n, struct err *err)
{
    autofree struct entry_id *ids = NULL;
    size_t n_ids = 0, n = 0;
    int rc = store_list(&agent->store, &ids, &n_ids, err);
    if (rc < 0)
        return rc;

    struct owner *owners = calloc(n_ids + 2, sizeof *owners);
    if (!owners)
        return err_memory(err);
    owners[n++].device = true;
    /* The list has one owner's entries together. */
    for (size_t i = 0; i < n_ids; i++)
        if (!owner_same(&ids[i].owner, &owners[n - 1]))
            owners[n++] = ids[i].owner;
    bool known = !extra;
    for (size_t i = 0; i < n && !known; i++)
        known = owner_same(&owners[i], extra);
    if (!known)
        owners[n++] = *extra;
    *ret = owners;
    *ret_n = n;
    return 0;
}

static bool is_asked_for(const struct cycle *cycle, const struct profile *profile)
{
    return profile->kind == PROFILE_SCEP &&
           (!cycle->profile || strcmp(cycle->profile, profile->name) == 0);
}

static void run_profiles(struct progress *p, const struct owner *owner,
                         const struct rule_facts *facts)
{
    for (size_t i = 0; i < p->agent->profiles.n; i++) {
        const struct profile *profile = &p->agent->profiles.v[i];
        if (!is_asked_for(p->cycle, profile) || !rule_applies(profile, facts, NULL) ||
            !agent_root_applies(p->agent, profile, facts))
            continue;
        const struct job job = {
            .agent = p->agent,
            .profile = profile,
            .owner = *owner,
            .user = facts->user,
            .mode = p->cycle->mode,
            .progress = p->cycle->progress,
            .context = p->cycle->context,
        };
        struct err err;
        int64_t next = 0;
        p->jobs++;
        if (job_run(&job, &next, &err) < 0)
            failed(p, &err);
        if (next && (!p->next || next < p->next))
            p->next = next;
    }
}

/* Entries of this owner that no profile asks for. Only on the strength of a conf.d that was read
 * whole, and of facts about the owner that were had: a typing error or a directory server that is
 * down must not cost anybody a key. */
static void remove_unwanted(struct progress *p, const struct owner *owner,
                            const struct rule_facts *facts)
{
    autofree struct entry_id *ids = NULL;
    size_t n = 0;
    struct err err;
    if (!p->agent->profiles.complete || p->cycle->profile)
        return;
    if (store_list(&p->agent->store, &ids, &n, &err) < 0) {
        failed(p, &err);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const struct profile *profile =
            profile_find(&p->agent->profiles, PROFILE_SCEP, ids[i].profile);
        if (!owner_same(&ids[i].owner, owner) || (profile && rule_applies(profile, facts, NULL)))
            continue;
        if (job_remove(p->agent, &ids[i], &err) < 0)
            failed(p, &err);
        else
            log_line(LOG_NOTICE, "profile %s, %s: removed, as no profile asks for it any more",
                     ids[i].profile, facts->user ? facts->user : "device");
    }
}

static void run_owner(struct progress *p, const struct owner *owner)
{
    CLEANUP(rule_facts_free) struct rule_facts facts = {0};
    struct err err;
    if (agent_facts(p->agent, owner, &facts, &err) < 0) {
        failed(p, &err);
        return;
    }
    run_profiles(p, owner, &facts);
    remove_unwanted(p, owner, &facts);
}

static void put_anchors(struct progress *p)
{
    struct err err;
    for (size_t i = 0; i < p->agent->profiles.n; i++) {
        const struct profile *profile = &p->agent->profiles.v[i];
        if (profile->kind != PROFILE_TRUSTED_ROOT)
            continue;
        if (anchor_check(&profile->root.der, profile->root.certificate, &err) < 0 ||
            store_anchor_put(&p->agent->store, profile->name, &profile->root.der, &err) < 0) {
            err_context(&err, "%s:%u", profile->file, profile->line);
            failed(p, &err);
        }
    }
}

static void remove_anchors(struct progress *p)
{
    CLEANUP(strings_free) struct strings names = {0};
    struct err err;
    if (!p->agent->profiles.complete)
        return;
    if (store_anchors(&p->agent->store, &names, &err) < 0)
        failed(p, &err);
    for (size_t i = 0; i < names.n; i++)
        if (!profile_find(&p->agent->profiles, PROFILE_TRUSTED_ROOT, names.v[i]) &&
            store_anchor_remove(&p->agent->store, names.v[i], &err) < 0)
            failed(p, &err);
}

int cycle_run(const struct agent *agent, const struct cycle *cycle, int64_t *ret_next,
              struct err *err)
{
    struct progress p = {.agent = agent, .cycle = cycle};

    if (cycle->anchors) {
        put_anchors(&p);
        remove_anchors(&p);
    }
    for (size_t i = 0; i < cycle->n_owners; i++)
        run_owner(&p, &cycle->owners[i]);
    *ret_next = p.next;
    if (cycle->profile && p.jobs == 0 && !p.first.class)
        return err_set(err, ERR_CONFIG, "profile %s: there is none of this name that applies here",
                       cycle->profile);
    return p.first.class ? err_set(err, p.first.class, "%s", p.first.text) : 0;
}
