#include "store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

static const char file[] = "state.json";

static const char *const phase_names[] = {
    [PHASE_NONE] = "none",
    [PHASE_REQUESTING] = "requesting",
    [PHASE_PENDING] = "pending",
    [PHASE_INSTALLED] = "installed",
};

static const char *const wait_names[] = {
    [WAIT_NOTHING] = "nothing", [WAIT_NETWORK] = "network", [WAIT_ROOT] = "root",
    [WAIT_VALUE] = "value",     [WAIT_LATE] = "late",       [WAIT_PIN] = "pin",
};

/* Its place in the list of names, -1 when it is not there. */
static int place_of(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

/* The member KEY, which may be absent, as text that fits and has no control characters. */
static bool take_text(const json_t *object, const char *key, char *ret, size_t size)
{
    const json_t *value = json_object_get(object, key);
    if (!value)
        return true;
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);
    if (!text || len >= size || strlen(text) != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    memcpy(ret, text, len + 1);
    return true;
}

static bool take_number(const json_t *object, const char *key, int64_t max, int64_t *ret)
{
    const json_t *value = json_object_get(object, key);
    if (!value)
        return true;
    if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > max)
        return false;
    *ret = json_integer_value(value);
    return true;
}

/* The member KEY, which may be absent. */
static bool take_bool(const json_t *object, const char *key, bool *ret)
{
    const json_t *value = json_object_get(object, key);
    *ret = json_is_true(value);
    return !value || json_is_boolean(value);
}

static const char *wait_text(const json_t *object)
{
    return json_text(object, "wait", json_object_get(object, "wait") ? "" : "nothing");
}

/* The name of the first member that cannot be believed; NULL when all is well. */
static const char *state_parse(const json_t *object, struct entry_state *ret)
{
    struct entry_state state = {0};
    int64_t attempts = 0, refusals = 0;
    int phase = place_of(json_text(object, "phase", ""), phase_names, LENGTH(phase_names));
    int wait = place_of(wait_text(object), wait_names, LENGTH(wait_names));
    if (phase < 0)
        return "phase";
    if (wait < 0)
        return "wait";
    state.phase = (enum entry_phase)phase;
    state.wait = (enum entry_wait)wait;
    const struct {
        const char *key;
        char *text;
        size_t size;
    } texts[] = {
        {"transactionID", state.transaction_id, sizeof state.transaction_id},
        {"url", state.url, sizeof state.url},
        {"wish", state.wish, sizeof state.wish},
        {"setup", state.setup, sizeof state.setup},
        {"reason", state.reason, sizeof state.reason},
    };
    for (size_t i = 0; i < LENGTH(texts); i++)
        if (!take_text(object, texts[i].key, texts[i].text, texts[i].size))
            return texts[i].key;
    const struct {
        const char *key;
        int64_t max;
        int64_t *number;
    } numbers[] = {
        {"attempts", UINT_MAX, &attempts},
        {"refusals", UINT_MAX, &refusals},
        {"since", INT64_MAX, &state.since},
        {"asked", INT64_MAX, &state.asked},
        {"pendingSince", INT64_MAX, &state.pending},
        {"nextAttempt", INT64_MAX, &state.next_attempt},
        {"planned", INT64_MAX, &state.planned},
        {"notBefore", INT64_MAX, &state.not_before},
    };
    for (size_t i = 0; i < LENGTH(numbers); i++)
        if (!take_number(object, numbers[i].key, numbers[i].max, numbers[i].number))
            return numbers[i].key;
    if (!take_bool(object, "byOld", &state.by_old))
        return "byOld";
    state.attempts = (unsigned)attempts;
    state.refusals = (unsigned)refusals;
    *ret = state;
    return NULL;
}

static int damaged(struct entry_state *ret, const char *how)
{
    *ret = (struct entry_state){0};
    snprintf(ret->reason, sizeof ret->reason, "state.json was damaged and is begun anew: %.900s",
             how);
    return 0;
}

int entry_state_read(const struct entry *entry, struct entry_state *ret, struct err *err)
{
    struct stat st;
    if (fstatat(entry->fd, file, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        if (errno != ENOENT)
            return entry_result(entry, err_errno(err, "%s", file), err);
        *ret = (struct entry_state){0};
        return 0;
    }
    if (!S_ISREG(st.st_mode) || st.st_size > STORE_FILE_MAX)
        return damaged(ret, "not a regular file, or too large for one");

    autobuf text = {0};
    autojson *object = NULL;
    struct err why;
    /* What cannot be read for want of memory or permission is not damaged: it stays what it is. */
    int rc = fs_read(entry->fd, file, STORE_FILE_MAX, &text, err);
    if (rc < 0)
        return entry_result(entry, rc, err);
    if (json_parse(buf_text(&text), text.len, file, &object, &why) < 0)
        return damaged(ret, why.text);
    const char *member = state_parse(object, ret);
    return member ? damaged(ret, member) : 0;
}

int entry_state_write(struct entry *entry, const struct entry_state *state, struct err *err)
{
    autobuf text = {0};
    struct entry_state copy = *state;
    if ((size_t)state->phase >= LENGTH(phase_names) || (size_t)state->wait >= LENGTH(wait_names))
        return err_set(err, ERR_BUG, "phase %d, or wait %d, does not exist", (int)state->phase,
                       (int)state->wait);
    /* A server may have had a hand in it: bytes that are no UTF-8 must not keep a state from being
     * written, nor control characters from being read again. */
    err_sanitise(copy.reason);
    autojson *object =
        json_pack("{s:s s:s s:s s:s s:s s:s s:b s:I s:I s:I s:I s:I s:I s:I s:I s:s}", "phase",
                  phase_names[copy.phase], "wait", wait_names[copy.wait], "transactionID",
                  copy.transaction_id, "url", copy.url, "wish", copy.wish, "setup", copy.setup,
                  "byOld", (int)copy.by_old, "attempts", (json_int_t)copy.attempts, "refusals",
                  (json_int_t)copy.refusals, "since", (json_int_t)copy.since, "asked",
                  (json_int_t)copy.asked, "pendingSince", (json_int_t)copy.pending, "nextAttempt",
                  (json_int_t)copy.next_attempt, "planned", (json_int_t)copy.planned, "notBefore",
                  (json_int_t)copy.not_before, "reason", copy.reason);
    int rc = object ? json_print(object, &text, err)
                    : err_set(err, ERR_BUG, "a state that cannot be written as JSON");
    if (rc == 0)
        rc = fs_replace(entry->fd, file, 0600, text.data, text.len, err);
    return entry_result(entry, rc, err);
}
