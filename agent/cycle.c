#include "agent/cycle.h"

#include "agent/job.h"
#include "agent/view.h"
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

static bool same_owner(const struct owner *a, const struct owner *b)
{
    return a->device == b->device && (a->device || a->uid == b->uid);
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
        if (!same_owner(&ids[i].owner, &owners[n - 1]))
            owners[n++] = ids[i].owner;
    bool known = !extra;
    for (size_t i = 0; i < n && !known; i++)
        known = same_owner(&owners[i], extra);
    if (!known)
        owners[n++] = *extra;
    *ret = owners;
    *ret_n = n;
    return 0;
}

/* The trusted root must be there for the same owner; without it the profile does not start. */
static bool root_applies(const struct agent *agent, const struct profile *profile,
                         const struct rule_facts *facts)
{
    const struct profile *root =
        profile_find(&agent->profiles, PROFILE_TRUSTED_ROOT, profile->scep.root);
    return root && rule_applies(root, facts, NULL);
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
            !root_applies(p->agent, profile, facts))
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
        if (!same_owner(&ids[i].owner, owner) || (profile && rule_applies(profile, facts, NULL)))
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

static int add_pem(const struct entry *entry, unsigned number, json_t *object, struct err *err)
{
    CLEANUP(generation_free) struct generation generation = {0};
    int rc = entry_read(entry, number, PART_CERT | PART_CHAIN, &generation, err);
    if (rc < 0)
        return rc;
    json_object_set_new(object, "certificate", json_string(buf_text(&generation.cert_pem)));
    json_object_set_new(object, "chain", json_string(buf_text(&generation.chain_pem)));
    return 0;
}

/* An entry that is in the store. WHY it has no PROFILE; NULL with one. */
static int report_entry(const struct agent *agent, const struct entry_id *id, const char *user,
                        const struct profile *profile, const char *why, bool certificates,
                        json_t *list, struct err *err)
{
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    CLEANUP(view_free) struct view view = {0};
    CLEANUP(request_free) struct request request = {0};
    struct attributes attributes = agent_attributes(agent, &id->owner, user);
    char wanted[65] = "";

    int rc = entry_open(&agent->store, id, false, &entry, err);
    if (rc == 0 && profile && profile_request(profile, &attributes, &request, NULL) == 0)
        rc = view_wish(profile, &request, wanted, err);
    if (rc == 0)
        rc = view_read(&entry, profile, wanted, &view, err);
    if (why)
        snprintf(view.engine.state.reason, sizeof view.engine.state.reason, "%s", why);
    if (rc == 0)
        rc = view_report(&view, id, user, profile, clock_now(), list, err);
    if (rc == 0 && certificates && view.generation)
        rc = add_pem(&entry, view.generation, json_array_get(list, json_array_size(list) - 1), err);
    return rc;
}

/* A profile without an entry: why there is none. */
static int report_absent(const char *profile, const struct owner *owner, const char *user,
                         const char *state, const char *reason, json_t *list, struct err *err)
{
    json_t *object = json_pack("{s:s, s:s, s:s, s:s}", "profile", profile, "owner",
                               owner->device ? "device" : user, "state", state, "reason", reason);
    if (!object || json_array_append_new(list, object) < 0)
        return err_memory(err);
    if (!owner->device)
        json_object_set_new(object, "uid", json_integer(owner->uid));
    return 0;
}

static const char *no_profile(const struct agent *agent)
{
    return agent->profiles.complete ? "no profile of this name"
                                    : "no profile of this name that could be read";
}

/* A profile that applies and has no entry. */
static int report_missing(const struct agent *agent, const struct entry_id *id,
                          const struct profile *profile, const struct rule_facts *facts,
                          json_t *list, struct err *err)
{
    autobuf why = {0};
    struct rule_verdict verdict;
    const struct profile *root =
        profile_find(&agent->profiles, PROFILE_TRUSTED_ROOT, profile->scep.root);
    if (root && rule_applies(root, facts, &verdict))
        return report_absent(id->profile, &id->owner, facts->user, "requesting",
                             "nothing was asked yet", list, err);
    int rc = buf_printf(&why, err,
                        "[trusted-root %s] is not there for this owner: ", profile->scep.root);
    if (rc == 0)
        rc = root ? rule_explain(root, &verdict, &why, err) : 0;
    return rc < 0 ? rc
                  : report_absent(id->profile, &id->owner, facts->user, "waiting", buf_text(&why),
                                  list, err);
}

/* What stands in place of an entry for this profile. */
static int report_profile(const struct agent *agent, const struct entry_id *id,
                          const struct rule_facts *facts, bool in_store, bool asked,
                          bool certificates, json_t *list, struct err *err)
{
    autobuf why = {0};
    const struct profile *profile = profile_find(&agent->profiles, PROFILE_SCEP, id->profile);
    struct rule_verdict verdict;
    bool applies = profile && rule_applies(profile, facts, &verdict);
    int rc = applies   ? 0
             : profile ? rule_explain(profile, &verdict, &why, err)
                       : buf_add_text(&why, no_profile(agent), err);

    if (rc == 0 && in_store)
        return report_entry(agent, id, facts->user, applies ? profile : NULL,
                            applies ? NULL : buf_text(&why), certificates, list, err);
    if (rc == 0 && applies)
        return report_missing(agent, id, profile, facts, list, err);
    if (rc == 0 && asked)
        rc = report_absent(id->profile, &id->owner, facts->user, "not-applicable", buf_text(&why),
                           list, err);
    return rc;
}

static bool has_entry(const struct entry_id *ids, size_t n, const struct entry_id *wanted)
{
    for (size_t i = 0; i < n; i++)
        if (same_owner(&ids[i].owner, &wanted->owner) &&
            strcmp(ids[i].profile, wanted->profile) == 0)
            return true;
    return false;
}

/* The entries of a user who cannot be looked up: their names are all that is known. */
static int report_unknown(const struct agent *agent, const struct entry_id *ids, size_t n,
                          const struct owner *owner, const char *profile, bool certificates,
                          json_t *list, struct err *err)
{
    const struct err unknown = *err;
    char uid[16];
    bool any = false;
    int rc = 0;
    snprintf(uid, sizeof uid, "%u", owner->uid);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        if (!same_owner(&ids[i].owner, owner) || (profile && strcmp(ids[i].profile, profile) != 0))
            continue;
        any = true;
        rc = report_entry(agent, &ids[i], uid, NULL, unknown.text, certificates, list, err);
    }
    return any ? rc : -(int)unknown.class;
}

int cycle_report(const struct agent *agent, const struct owner *owner, const char *profile,
                 bool certificates, json_t *list, struct err *err)
{
    CLEANUP(rule_facts_free) struct rule_facts facts = {0};
    autofree struct entry_id *ids = NULL;
    size_t n = 0;
    struct entry_id id = {.owner = *owner};

    int rc = store_list(&agent->store, &ids, &n, err);
    if (rc == 0 && agent_facts(agent, owner, &facts, err) < 0)
        return report_unknown(agent, ids, n, owner, profile, certificates, list, err);
    if (rc == 0 && profile) {
        snprintf(id.profile, sizeof id.profile, "%s", profile);
        return report_profile(agent, &id, &facts, has_entry(ids, n, &id), true, certificates, list,
                              err);
    }
    for (size_t i = 0; rc == 0 && i < agent->profiles.n; i++) {
        if (agent->profiles.v[i].kind != PROFILE_SCEP)
            continue;
        snprintf(id.profile, sizeof id.profile, "%s", agent->profiles.v[i].name);
        rc = report_profile(agent, &id, &facts, has_entry(ids, n, &id), false, certificates, list,
                            err);
    }
    /* Entries whose profile is gone or does not parse. */
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (same_owner(&ids[i].owner, owner) &&
            !profile_find(&agent->profiles, PROFILE_SCEP, ids[i].profile))
            rc = report_entry(agent, &ids[i], facts.user, NULL, no_profile(agent), certificates,
                              list, err);
    return rc;
}
