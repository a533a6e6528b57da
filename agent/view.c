#include "agent/view.h"

#include "agent/pin.h"
#include "agent/schedule.h"
#include "store/key.h"
#include "store/token.h"

#include <stdio.h>
#include <string.h>

void view_free(struct view *view)
{
    json_decref(view->meta);
    *view = (struct view){0};
}

int view_wish(const struct profile *profile, const struct request *request, char ret[SHA256_HEX],
              struct err *err)
{
    autobuf text = {0};
    int rc = profile_wish(profile, request, &text, err);
    if (rc == 0)
        sha256_hex(text.data, text.len, ret);
    return rc;
}

/* Of a certificate that was stored without one, what looks the same at every look. */
static int64_t share_of(const json_t *meta)
{
    const char *fingerprint = json_text(meta, "fingerprint", "0");
    int64_t share = json_number(meta, "share", -1);
    return share >= 0 ? share : (int64_t)strtoull(strndupa(fingerprint, 15), NULL, 16);
}

int64_t view_share(const struct view *view)
{
    bool kept = view->meta && view->generation % SCHEDULE_SHARE_KEPT != 0;
    return kept ? share_of(view->meta) : (int64_t)(schedule_seed() >> 1);
}

static void look_at(struct view *view, const struct profile *profile)
{
    struct engine_view *e = &view->engine;
    const json_t *meta = view->meta;
    e->has_certificate = true;
    e->not_before = json_number(meta, "not_before", 0);
    e->not_after = json_number(meta, "not_after", 0);
    e->renew_at =
        schedule_renewal(e->not_before, e->not_after,
                         profile ? profile->scep.renewal_threshold : 20, (uint64_t)share_of(meta));
    e->obtained = json_number(meta, "obtained", 0);
    snprintf(e->wish, sizeof e->wish, "%s", json_text(meta, "wish", ""));

    /* Killed between the switch and the word of it: the generation that is there tells. */
    const char *id = json_text(meta, "transaction_id", "");
    if (e->state.phase != PHASE_INSTALLED && id[0] && strcmp(id, e->state.transaction_id) == 0) {
        e->state.phase = PHASE_INSTALLED;
        e->state.wait = WAIT_NOTHING;
        e->state.attempts = 0;
        e->state.next_attempt = 0;
        e->state.reason[0] = 0;
    }
}

/* A disk that went bad leaves whole PEM blocks with rubbish in them. */
static int check(const struct generation *generation, struct err *err)
{
    CLEANUP(X509_free_p) X509 *certificate = NULL;

    int rc = certificate_from_pem(&generation->cert_pem, &certificate, err);
    if (rc == 0)
        rc = key_check(&generation->key_pem, certificate, err);
    return rc < 0 ? err_context(err, "generations/%u", generation->number) : 0;
}

int view_read(const struct entry *entry, const struct profile *profile, const char *wanted,
              unsigned sound, struct view *ret, struct err *err)
{
    CLEANUP(view_free) struct view view = {0};
    CLEANUP(generation_free) struct generation generation = {0};
    struct err torn;

    int rc = entry_state_read(entry, &view.engine.state, err);
    if (rc < 0)
        return rc;
    snprintf(view.engine.wanted, sizeof view.engine.wanted, "%s", wanted);
    view.engine.needs_pin = profile && pin_is_asked(profile);

    rc = entry_current(entry, &view.generation, &torn);
    if (rc == 0 && view.generation)
        rc = entry_read(entry, view.generation, PART_ALL, &generation, &torn);
    if (rc == 0 && view.generation && view.generation != sound)
        rc = check(&generation, &torn);
    if (rc < 0) {
        snprintf(view.engine.state.reason, sizeof view.engine.state.reason, "%s", torn.text);
        view.generation = 0;
    } else if (view.generation) {
        view.meta = steal(&generation.meta);
        look_at(&view, profile);
    }
    *ret = view;
    view = (struct view){0};
    return 0;
}

/* The next step that nobody has to ask for. */
static void report_next(const struct engine_view *view, int64_t now, json_t *object)
{
    static const char *const names[] = {
        [ACTION_ENROL] = "request", [ACTION_RENEW] = "renew", [ACTION_POLL] = "poll"};
    struct engine_decision d = engine_decide(view, ENGINE_DUE, now);
    enum engine_action action = d.next ? d.next : d.action;
    bool again = view->state.attempts || view->state.wait == WAIT_VALUE;
    /* That has to come first, or somebody has to. */
    if (action == ACTION_NONE || action == ACTION_PIN || view->state.wait == WAIT_ROOT ||
        view->state.wait == WAIT_PIN)
        return;
    json_object_set_new(object, "next", json_integer(d.action ? now : d.when));
    json_object_set_new(object, "next_action",
                        json_string(again && action != ACTION_POLL ? "retry" : names[action]));
}

/* Why it is so, in one line. */
static int report_reason(const struct engine_view *view, bool applies, int64_t now, json_t *object,
                         struct err *err)
{
    static const char news[] =
        "the profile was edited, or a variable has another value: a new certificate is due";
    static const char works[] =
        "; the certificate works on, and is not renewed until that is mended";
    const struct entry_state *state = &view->state;
    bool lives = view->has_certificate && now < view->not_after && state->phase != PHASE_PENDING;
    autofree char *text =
        text_format("%s%s",
                    !state->reason[0] && applies && engine_is_news(view) && now < view->not_after
                        ? news
                        : state->reason,
                    applies && lives && state->wait == WAIT_VALUE ? works : "");
    if (!text || (*text && json_object_set_new(object, "reason", json_string(text)) < 0))
        return err_memory(err);
    return 0;
}

/* Of a request that waits for approval. */
static void report_pending(const struct engine_view *view, const struct profile *profile,
                           json_t *object)
{
    const struct entry_state *state = &view->state;
    if (state->phase != PHASE_PENDING || !engine_same_transaction(view) || !state->pending)
        return;
    int64_t until = engine_pending_until(state, profile->scep.poll_limit);
    json_object_set_new(object, "pending_since", json_integer(state->pending));
    if (until)
        json_object_set_new(object, "pending_until", json_integer(until));
}

static void report_tags(const struct profile *profile, json_t *object)
{
    json_t *tags = json_array();
    for (size_t i = 0; profile && i < profile->scope_tags.n; i++)
        json_array_append_new(tags, json_string(profile->scope_tags.v[i]));
    json_object_set_new(object, "scope_tags", tags);
}

/* A token is told before there is a certificate, too. */
static bool is_pin_token(const struct view *view, const struct profile *profile)
{
    return view->meta ? strcmp(json_text(view->meta, "key_storage", ""), TOKEN_STORAGE_PIN) == 0
                      : profile && pin_is_asked(profile);
}

static int report_token(const struct entry_id *id, bool pin, json_t *object, struct err *err)
{
    struct token_names names;
    int rc = token_names(id, pin, &names, err);
    if (rc < 0)
        return rc;
    char hex[2 * sizeof names.id + 1];
    text_hex(names.id, sizeof names.id, hex);
    json_object_set_new(object, "token", json_string(names.label));
    json_object_set_new(object, "token_serial", json_string(names.serial));
    json_object_set_new(object, "id", json_string(hex));
    return 0;
}

int view_report(const struct view *view, const struct entry_id *id, const char *user,
                const struct profile *profile, int64_t now, json_t *list, struct err *err)
{
    const struct engine_view *e = &view->engine;
    autojson *object = view->meta ? json_copy(view->meta) : json_object();
    if (!object)
        return err_memory(err);

    json_object_del(object, "wish");
    json_object_del(object, "share");
    json_object_del(object, "obtained");
    json_object_set_new(object, "profile", json_string(id->profile));
    json_object_set_new(object, "description", json_string(profile ? profile->description : ""));
    report_tags(profile, object);
    json_object_set_new(object, "owner", json_string(id->owner.device ? "device" : user));
    if (!id->owner.device)
        json_object_set_new(object, "uid", json_integer(id->owner.uid));
    json_object_set_new(object, "state",
                        json_string(profile || e->state.wait == WAIT_ROOT
                                        ? engine_state_name(e, now)
                                        : "not-applicable"));
    int64_t since = engine_state_since(e, now);
    if (since)
        json_object_set_new(object, "since", json_integer(since));
    if (profile) {
        report_next(e, now, object);
        report_pending(e, profile, object);
    }
    if (view->generation)
        json_object_set_new(object, "generation", json_integer(view->generation));
    if (!json_object_get(object, "transaction_id") && e->state.transaction_id[0])
        json_object_set_new(object, "transaction_id", json_string(e->state.transaction_id));

    int rc = report_reason(e, profile, now, object, err);
    if (rc == 0)
        rc = report_token(id, is_pin_token(view, profile), object, err);
    if (rc == 0 && json_array_append(list, object) < 0)
        rc = err_memory(err);
    return rc;
}
