#include "agent/removal.h"

#include "agent/job.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>

static int open_locked(const struct agent *agent, const struct entry_id *id, struct entry *ret,
                       struct err *err)
{
    int rc = entry_open(&agent->store, id, false, ret, err);
    if (rc == -ERR_CONFIG && entry_name_valid(id->profile))
        return err_set(err, ERR_CONFIG, "%s: no certificate of this profile is there to remove",
                       id->profile);
    return rc < 0 ? rc : entry_lock(ret, deadline_in(JOB_LOCK_WAIT_MS), err);
}

/* Only told, and for that reason alone no entry stays. */
static void note(const struct entry *entry, const char *reason)
{
    CLEANUP(entry_access_free) struct entry_access access = {0};
    struct entry_state state = {0};
    struct removed removed = {.id = entry->id, .since = clock_now()}, before = {0};
    struct err err;
    if (entry_access_get(entry, &access, NULL) == 0 && access.owner)
        snprintf(removed.owner, sizeof removed.owner, "%s", access.owner);
    entry_state_read(entry, &state, NULL);
    removed_get(entry->store, &entry->id, &before, NULL);
    removed.asked = state.asked ? state.asked : before.asked;
    snprintf(removed.reason, sizeof removed.reason, "%s", reason);
    if (removed_put(entry->store, &removed, &err) < 0)
        log_line(LOG_WARNING, "%s", err.text);
}

int removal_run(const struct agent *agent, const struct entry_id *id, const char *reason,
                struct err *err)
{
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    int rc = open_locked(agent, id, &entry, err);
    if (rc < 0)
        return rc;
    note(&entry, reason);
    return entry_remove(&entry, err);
}

static void tell(const struct entry_id *id, const char *user)
{
    log_line(LOG_NOTICE,
             "profile %s, %s: removed with its key: it was another user's who had the uid %u",
             id->profile, user, id->owner.uid);
}

bool removal_has(const struct agent *agent, const struct entry_id *id)
{
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    return entry_open(&agent->store, id, false, &entry, NULL) == 0;
}

int removal_of_others(const struct agent *agent, const struct entry_id *id, const char *user,
                      struct err *err)
{
    CLEANUP(entry_close) struct entry entry = {.fd = -1, .lock = -1};
    bool empty = false;
    int rc = entry_open(&agent->store, id, false, &entry, err);
    if (rc == 0 && (rc = entry_belongs(&entry, user, err)) == 0)
        rc = entry_lock(&entry, deadline_in(JOB_LOCK_WAIT_MS), err);
    /* Whoever had the lock before us may have seen to it. */
    if (rc == 0 && (rc = entry_belongs(&entry, user, err)) == 0) {
        empty = entry_is_empty(&entry);
        rc = entry_remove(&entry, err);
    } else if (rc > 0) {
        return 0;
    }
    if (rc < 0)
        return rc == -ERR_CONFIG && !removal_has(agent, id) ? 0 : rc;
    /* What a killed process left has been told already, or was never anybody's. */
    if (!empty)
        tell(id, user);
    return 0;
}

int removal_claim(struct entry *entry, const char *user, struct err *err)
{
    bool removed;
    int rc = entry_claim(entry, user, &removed, err);
    if (rc == 0 && removed)
        tell(&entry->id, user);
    return rc;
}

int removal_read(const struct agent *agent, const struct entry_id *id, const char *user,
                 struct removed *ret, struct err *err)
{
    int rc = removed_get(&agent->store, id, ret, err);
    if (rc == 0 && strcmp(ret->owner, user ? user : "") != 0)
        rc = err_set(err, ERR_CONFIG, "%s: was another user's", id->profile);
    return rc;
}

int removal_forget(const struct agent *agent, int64_t now, struct err *err)
{
    autofree struct entry_id *ids = NULL;
    size_t n = 0;
    int rc = removed_list(&agent->store, &ids, &n, err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        struct removed removed;
        int got = removed_get(&agent->store, &ids[i], &removed, err);
        if (got == -ERR_CONFIG || (got == 0 && now - removed.since > REMOVAL_TOLD) ||
            removal_has(agent, &ids[i]))
            rc = removed_drop(&agent->store, &ids[i], err);
    }
    return rc;
}
