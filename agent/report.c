#include "agent/report.h"

#include "agent/view.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>

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
    int rc =
        buf_printf(&why, err, "[trusted-root %s] is not there for this owner", profile->scep.root);
    if (rc == 0 && root)
        rc = buf_add_text(&why, ": ", err);
    if (rc == 0 && root)
        rc = rule_explain(root, &verdict, &why, err);
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
        if (owner_same(&ids[i].owner, &wanted->owner) &&
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
        if (!owner_same(&ids[i].owner, owner) || (profile && strcmp(ids[i].profile, profile) != 0))
            continue;
        any = true;
        rc = report_entry(agent, &ids[i], uid, NULL, unknown.text, certificates, list, err);
    }
    return any ? rc : -(int)unknown.class;
}

int report_owner(const struct agent *agent, const struct owner *owner, const char *profile,
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
        if (owner_same(&ids[i].owner, owner) &&
            !profile_find(&agent->profiles, PROFILE_SCEP, ids[i].profile))
            rc = report_entry(agent, &ids[i], facts.user, NULL, no_profile(agent), certificates,
                              list, err);
    return rc;
}
