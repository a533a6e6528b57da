#include "agent/report.h"

#include "agent/pin.h"
#include "agent/removal.h"
#include "agent/view.h"
#include "base/clock.h"
#include "base/nss.h"

#include <stdio.h>
#include <string.h>

struct report {
    const struct agent *agent;
    const struct owner *owner;
    const char *user; /* NULL: the device */
    bool known;       /* to NSS, or the device; else USER is the uid in decimal */
    bool certificates;
    json_t *list;
};

/* What conf.d has to say of an entry. */
struct standing {
    const struct profile *profile; /* that applies; NULL: none does */
    bool waits;                    /* for its trusted root, or its certificate for TLS */
    struct buf why;                /* it waits, or does not apply; else empty */
};

static void standing_free(struct standing *standing)
{
    buf_free(&standing->why);
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

/* The values of variables may have changed since the last cycle. */
static void put_unmet(const struct err *unmet, struct entry_state *state)
{
    bool lacks = unmet->class == ERR_CONFIG;
    if (state->wait == WAIT_ROOT || lacks == (state->wait == WAIT_VALUE) ||
        (unmet->class && !lacks)) /* that a source did not answer says nothing about the value */
        return;
    state->wait = lacks ? WAIT_VALUE : WAIT_NOTHING;
    state->since = 0;
    if (!lacks) /* it has its value again, and what was told is no more so */
        state->attempts = 0;
    snprintf(state->reason, sizeof state->reason, "%s", lacks ? unmet->text : "");
}

/* So may conf.d. */
static void put_standing(const struct standing *standing, struct entry_state *state)
{
    if (standing->waits != (state->wait == WAIT_ROOT)) {
        state->wait = standing->waits ? WAIT_ROOT : WAIT_NOTHING;
        state->since = 0;
    }
    if (standing->why.len)
        snprintf(state->reason, sizeof state->reason, "%s", buf_text(&standing->why));
}

static int read_view(const struct report *r, const struct entry *entry,
                     const struct standing *standing, struct view *ret, struct err *err)
{
    CLEANUP(request_free) struct request request = {0};
    struct attributes attributes = agent_attributes(r->agent, r->owner, r->user);
    const struct profile *profile = standing->profile;
    struct err unmet = {0};
    char wanted[SHA256_HEX] = "";
    int rc = 0;
    if (profile && profile_request(profile, &attributes, &request, &unmet) == 0) {
        unmet.class = 0;
        rc = view_wish(profile, &request, wanted, err);
    }
    if (rc == 0)
        rc = view_read(entry, profile, wanted, 0, ret, err);
    if (rc == 0 && profile)
        put_unmet(&unmet, &ret->engine.state);
    if (rc == 0)
        put_standing(standing, &ret->engine.state);
    return rc;
}

/* 1, or 0 when there is no such entry of this owner (any more). */
static int report_entry(const struct report *r, const struct entry_id *id,
                        const struct standing *standing, struct err *err)
{
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    CLEANUP(view_free) struct view view = {0};

    int rc = entry_open(&r->agent->store, id, false, &entry, err);
    if (rc < 0)
        return rc == -ERR_CONFIG ? 0 : rc;
    if (r->known && (rc = entry_belongs(&entry, r->user, err)) <= 0)
        return rc;
    rc = read_view(r, &entry, standing, &view, err);
    if (entry_is_gone(&entry))
        return 0;
    if (rc == 0)
        rc = view_report(&view, id, r->user, standing->profile, clock_now(), r->list, err);
    if (rc == 0 && r->certificates && view.generation)
        rc = add_pem(&entry, view.generation, json_array_get(r->list, json_array_size(r->list) - 1),
                     err);
    return rc < 0 ? rc : 1;
}

/* An object for what has no entry. */
static int report_absent(const struct report *r, const struct entry_id *id, const char *state,
                         const char *reason, int64_t since, struct err *err)
{
    autojson *object =
        json_pack("{s:s, s:s, s:s, s:s}", "profile", id->profile, "owner",
                  r->owner->device ? "device" : r->user, "state", state, "reason", reason);
    if (!object ||
        (!r->owner->device && json_object_set_new(object, "uid", json_integer(r->owner->uid)) < 0))
        return err_memory(err);
    if (since && json_object_set_new(object, "since", json_integer(since)) < 0)
        return err_memory(err);
    return json_array_append(r->list, object) < 0 ? err_memory(err) : 0;
}

bool report_knows(const struct agent *agent, const char *profile)
{
    return profile_find(&agent->profiles, PROFILE_SCEP, profile) ||
           profile_find_faulty(&agent->profiles, PROFILE_SCEP, profile);
}

static int stand_without(const struct agent *agent, const char *name, struct standing *ret,
                         struct err *err)
{
    const struct faulty_profile *faulty = profile_find_faulty(&agent->profiles, PROFILE_SCEP, name);
    const char *reason = faulty                     ? faulty->problem
                         : agent->profiles.complete ? "no profile of this name"
                                                    : "no profile of this name that could be read";
    ret->waits = faulty && faulty->rootless;
    return buf_add_text(&ret->why, reason, err);
}

static int stand(const struct agent *agent, const struct owner *owner, const char *name,
                 const struct candidate *candidate, struct standing *ret, struct err *err)
{
    const struct profile *profile = profile_find(&agent->profiles, PROFILE_SCEP, name);
    struct rule_verdict verdict;
    if (!profile)
        return stand_without(agent, name, ret, err);
    struct err unsure;
    int rc = candidate_applies(candidate, profile, &verdict, &unsure);
    if (rc == 0)
        return rule_explain(profile, &verdict, &ret->why, err);
    if (rc < 0) {
        ret->profile = profile;
        ret->waits = true;
        return buf_add_text(&ret->why, unsure.text, err);
    }
    rc = agent_ready(agent, profile, owner, candidate, &ret->why, err);
    if (rc < 0)
        return rc;
    ret->profile = profile;
    ret->waits = rc == 0;
    return 0;
}

/* One profile: its entry, or what stands in place of one. ASKED for: told even when it is nothing
 * of this owner's. */
static int report_profile(const struct report *r, const char *name,
                          const struct candidate *candidate, bool asked, struct err *err)
{
    CLEANUP(standing_free) struct standing standing = {0};
    struct entry_id id = {.owner = *r->owner};
    struct removed removed;

    snprintf(id.profile, sizeof id.profile, "%s", name);
    int rc = stand(r->agent, r->owner, name, candidate, &standing, err);
    if (rc == 0)
        rc = report_entry(r, &id, &standing, err);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    if (removal_read(r->agent, &id, r->user, &removed, NULL) == 0)
        return report_absent(r, &id, "removed", removed.reason, removed.since, err);
    if (standing.waits && (standing.profile || asked))
        return report_absent(r, &id, "waiting", buf_text(&standing.why), 0, err);
    if (standing.profile && pin_is_asked(standing.profile)) {
        struct err why;
        pin_await(standing.profile, false, &why);
        return report_absent(r, &id, "waiting", why.text, 0, err);
    }
    if (standing.profile)
        return report_absent(r, &id, "requesting", "nothing was asked yet", 0, err);
    if (!asked || !report_knows(r->agent, name))
        return 0;
    return report_absent(r, &id, "not-applicable", buf_text(&standing.why), 0, err);
}

static int list_removed(const struct agent *agent, const struct owner *owner, struct entry_id **ret,
                        size_t *ret_n, struct err *err)
{
    size_t all = 0, own = 0;
    int rc = removed_list(&agent->store, ret, &all, err);
    for (size_t i = 0; rc == 0 && i < all; i++)
        if (owner_same(&(*ret)[i].owner, owner))
            (*ret)[own++] = (*ret)[i];
    *ret_n = own;
    return rc;
}

/* The entries IDS of a user who cannot be looked up: their names are all that is known. One who had
 * some is no stranger either. */
static int report_unknown(const struct report *r, const struct entry_id *ids, size_t n,
                          bool had_some, const char *profile, struct err *err)
{
    const struct err unknown = *err;
    bool gone = unknown.class == ERR_CONFIG && !r->agent->platform_err.class,
         any = had_some && !profile;
    for (size_t i = 0; i < n; i++) {
        CLEANUP(standing_free) struct standing standing = {0};
        if (profile && strcmp(ids[i].profile, profile) != 0)
            continue;
        int rc = buf_add_text(&standing.why, unknown.text, err);
        if (rc == 0 && gone)
            rc = buf_printf(&standing.why, err, "; \"signet remove --user %u %s\" removes this",
                            r->owner->uid, ids[i].profile);
        if (rc == 0)
            rc = report_entry(r, &ids[i], &standing, err);
        if (rc < 0)
            return rc;
        any = any || rc > 0;
    }
    return any ? 0 : err_set(err, unknown.class, "%s", unknown.text);
}

/* Those of IDS that conf.d has nothing of. */
static int report_others(const struct report *r, const struct entry_id *ids, size_t n,
                         const struct candidate *candidate, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (!profile_find(&r->agent->profiles, PROFILE_SCEP, ids[i].profile))
            rc = report_profile(r, ids[i].profile, candidate, false, err);
    return rc;
}

/* An entry, and what was removed of the same name before it, are one. */
static void leave_out(struct entry_id *removed, size_t *n, const struct entry_id *ids, size_t n_ids)
{
    size_t kept = 0;
    for (size_t i = 0; i < *n; i++) {
        bool found = false;
        for (size_t j = 0; j < n_ids && !found; j++)
            found = strcmp(removed[i].profile, ids[j].profile) == 0;
        if (!found)
            removed[kept++] = removed[i];
    }
    *n = kept;
}

int report_owner(const struct agent *agent, const struct owner *owner, const char *profile,
                 bool certificates, json_t *list, struct err *err)
{
    CLEANUP(candidate_free) struct candidate candidate = {0};
    autofree struct entry_id *ids = NULL, *removed = NULL;
    autobuf buffer = {0};
    struct passwd user;
    size_t n = 0, n_removed = 0;
    char uid[16];
    struct report r = {.agent = agent, .owner = owner, .certificates = certificates, .list = list};

    int rc = owner_list(&agent->store, owner, &ids, &n, err);
    if (rc == 0)
        rc = list_removed(agent, owner, &removed, &n_removed, err);
    if (rc < 0)
        return rc;
    if (agent_candidate(agent, owner, &candidate, err) < 0) {
        /* The name may be known all the same, and with it what is another's. */
        snprintf(uid, sizeof uid, "%u", owner->uid);
        r.known = !owner->device && nss_user(owner->uid, &user, &buffer, NULL) > 0;
        r.user = r.known ? user.pw_name : uid;
        return report_unknown(&r, ids, n, n_removed > 0, profile, err);
    }
    r.user = candidate.user;
    r.known = true;
    if (profile)
        return report_profile(&r, profile, &candidate, true, err);
    for (size_t i = 0; rc == 0 && i < agent->profiles.n; i++)
        if (agent->profiles.v[i].kind == PROFILE_SCEP)
            rc = report_profile(&r, agent->profiles.v[i].name, &candidate, false, err);
    if (rc == 0)
        rc = report_others(&r, ids, n, &candidate, err);
    leave_out(removed, &n_removed, ids, n);
    return rc < 0 ? rc : report_others(&r, removed, n_removed, &candidate, err);
}
