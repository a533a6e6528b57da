#include "agent/attempt.h"

#include "agent/certificate.h"
#include "agent/challenge.h"
#include "agent/job.h"
#include "agent/pin.h"
#include "agent/roots.h"
#include "agent/schedule.h"
#include "agent/storage.h"
#include "base/log.h"
#include "store/key.h"
#include "store/token.h"

#include <stdio.h>
#include <string.h>

#define HTTP_OK 200

void attempt_end(struct attempt *attempt)
{
    transport_close(&attempt->transport);
    route_close(&attempt->route);
    kept_free(&attempt->kept);
    if (attempt->turn >= 0)
        close(steal_fd(&attempt->turn));
}

static int on_call(void *context, const struct scep_http *call, struct scep_answer *ret,
                   struct err *err)
{
    struct attempt *attempt = context;
    int rc = transport_call(&attempt->transport, call, ret, err);
    attempt->called = true;
    /* Anything but silence: a server is there whose certificate nobody vouches for, say. */
    attempt->answered = attempt->answered || rc != -ERR_RETRY;
    attempt->status = rc == 0 ? ret->status : 0;
    attempt->retry_after = rc == 0 && ret->status != HTTP_OK ? ret->retry_after : 0;
    /* Who answers with anything else stands before the CA, or is it on a bad day. */
    if (attempt->status == HTTP_OK)
        attempt->kept.spent = true;
    return rc;
}

static void on_progress(void *context, const char *text)
{
    const struct job *job = ((struct attempt *)context)->job;
    if (!job->progress)
        return;
    autofree char *line = text_format("%s: %s", job->profile->name, text);
    if (line)
        job->progress(job->context, line);
}

static int ask_challenge(struct attempt *attempt, struct buf *ret, struct err *err)
{
    const struct job *job = attempt->job;
    const struct challenge_call call = {
        .agent = job->agent,
        .profile = job->profile,
        .owner = &job->owner,
        .user = job->user,
        .route = &attempt->route,
        .request = attempt->request,
        .transaction_id = attempt->view->engine.state.transaction_id,
    };
    deadline start = deadline_in(0);
    on_progress(attempt, "asking for a challenge");
    int rc = challenge_get(&call, ret, err);
    attempt->challenge_ms += deadline_in(0) - start;
    return rc;
}

/* The one that the try before had for nothing, or a new one. From here on it is out of the store:
 * whoever is killed now may have sent it. */
static int take_one_time(struct attempt *attempt, struct buf *ret, struct err *err)
{
    const struct challenge_source *source = &attempt->job->profile->scep.challenge;
    struct kept *kept = &attempt->kept;
    int64_t now = clock_now();
    kept_free(kept);
    if (!kept_take(attempt->entry, source, attempt->view->engine.state.transaction_id, now, kept)) {
        int rc = ask_challenge(attempt, &kept->challenge, err);
        kept->fetched = now;
        if (rc < 0)
            return rc;
    }
    return buf_add(ret, kept->challenge.data, kept->challenge.len, err);
}

static int on_challenge(void *context, struct buf *ret, struct err *err)
{
    struct attempt *attempt = context;
    const struct profile *profile = attempt->job->profile;
    int rc = kept_wanted(&profile->scep.challenge) ? take_one_time(attempt, ret, err)
                                                   : profile_challenge(profile, ret, err);
    attempt->challenge_missing = rc < 0;
    return rc;
}

/* Has an attempt failed that nobody but the user can make again? Polls need no PIN. */
static bool is_left_to_user(const struct attempt *attempt, enum engine_event event)
{
    bool polled = attempt->view->engine.state.phase == PHASE_PENDING;
    if (!pin_is_asked(attempt->job->profile) || attempt->action == ACTION_NONE)
        return false;
    return event == EVENT_REFUSED ||
           (!polled && (event == EVENT_FAILED || event == EVENT_UNREACHED));
}

int attempt_write(struct attempt *attempt, enum engine_event event, const char *reason,
                  struct err *err)
{
    struct entry_state *state = &attempt->view->engine.state;
    const struct scep_profile *profile = &attempt->job->profile->scep;
    const struct engine_pace pace = {
        .interval = attempt->job->agent->profiles.settings.interval,
        .poll_interval = profile->poll_interval,
        .poll_limit = profile->poll_limit,
        .retry_after = attempt->retry_after,
        .seed = schedule_seed(),
    };
    bool left = is_left_to_user(attempt, event);
    engine_after(state, event, reason, &pace, clock_now());
    if (left)
        engine_leave_to_user(state);
    return entry_state_write(attempt->entry, state, err);
}

/* What is left of the key of a request that waits for approval: a poll asks for no PIN. Without it
 * there is nothing to wait for any more. */
static int take_public(struct attempt *attempt, EVP_PKEY **ret, struct err *err)
{
    autobuf pem = {0};
    int rc = entry_pending_get(attempt->entry, &pem, err);
    if (rc == 0)
        rc = key_public_from_pem(&pem, ret, err);
    attempt->refused = rc == -ERR_CONFIG;
    return rc < 0 ? err_context(err, "the request that was waiting for approval") : 0;
}

/* The key of the request under way, which may be had again. One that asks for a PIN was made with
 * the PIN of then, and to try today's on it may cost a try. A key that is gone or torn is no
 * misfortune: a new one makes a new transaction. */
static bool take_pending(const struct attempt *attempt, EVP_PKEY **ret)
{
    autobuf pem = {0};
    return engine_same_transaction(&attempt->view->engine) &&
           !pin_is_asked(attempt->job->profile) &&
           entry_pending_get(attempt->entry, &pem, NULL) == 0 && key_from_pem(&pem, ret, NULL) == 0;
}

/* The key of the request under way, or a new one, which outlives us from here on. */
static int take_key(struct attempt *attempt, EVP_PKEY **ret, struct err *err)
{
    autobuf pem = {0};
    const struct job *job = attempt->job;

    if (pin_is_asked(job->profile) && attempt->action == ACTION_POLL)
        return take_public(attempt, ret, err);
    if (take_pending(attempt, ret))
        return 0;

    on_progress(attempt, "making a key");
    deadline start = deadline_in(0);
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL;
    int rc =
        storage_make_key(job->profile->scep.key_storage, attempt->request, job->pin, &key, err);
    attempt->key_ms = deadline_in(0) - start;
    if (rc == 0)
        rc = key_to_pem(key, &pem, err);
    if (rc == 0)
        rc = entry_pending_put(attempt->entry, &pem, err);
    if (rc == 0)
        *ret = steal(&key);
    return rc;
}

/* Written down before a word goes out: a retry after a crash is the same transaction. Only with the
 * key that the CA knows there is something to poll for. */
static int begin(struct attempt *attempt, EVP_PKEY *key, struct err *err)
{
    struct engine_view *view = &attempt->view->engine;
    struct entry_state *state = &view->state;
    char id[65];

    int rc = scep_transaction_id(key, id, err);
    if (rc < 0)
        return rc;
    if (attempt->action == ACTION_POLL && strcmp(id, state->transaction_id) == 0)
        return 0;
    attempt->refused = attempt->action == ACTION_POLL && pin_is_asked(attempt->job->profile);
    if (attempt->refused)
        return err_set(err, ERR_CONFIG, "the key of the request that was waiting is another one");
    attempt->action = attempt->action == ACTION_POLL ? ACTION_ENROL : attempt->action;
    memcpy(state->transaction_id, id, sizeof id);
    memcpy(state->wish, view->wanted, sizeof state->wish);
    state->url[0] = 0;
    return attempt_write(attempt, EVENT_STARTED, "", err);
}

static int take_urls(const struct attempt *attempt, struct strings *ret, struct err *err)
{
    const struct strings *urls = &attempt->job->profile->scep.urls;
    const char *chosen = attempt->view->engine.state.url;

    /* Only the server that has the request can say what became of it. */
    if (attempt->action == ACTION_POLL && chosen[0])
        return strings_add(ret, chosen, err);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < urls->n; i++)
        rc = strings_add(ret, urls->v[i], err);
    schedule_shuffle(ret, schedule_seed());
    return rc;
}

/* The process loads its libraries while the key is made. */
static int open_transport(struct attempt *attempt, struct err *err)
{
    const struct job *job = attempt->job;
    int rc = route_open(job->agent, job->profile, &job->owner, &attempt->route, err);
    if (rc == 0)
        rc = transport_open(job->agent->fetch, NULL, &attempt->transport, err);
    if (rc < 0)
        return rc;
    attempt->transport.route = &attempt->route;
    attempt->transport.follow = true;
    if (job->agent->timeout_ms)
        attempt->transport.timeout_ms = job->agent->timeout_ms;
    return 0;
}

/* What signs a renewal: the current certificate and its key. */
static int take_old(struct attempt *attempt, X509 **ret_certificate, EVP_PKEY **ret_key,
                    struct err *err)
{
    CLEANUP(generation_free) struct generation old = {0};
    CLEANUP(X509_free_p) X509 *certificate = NULL;

    int rc = entry_read(attempt->entry, attempt->view->generation, PART_KEY | PART_CERT, &old, err);
    if (rc == 0)
        rc = certificate_from_pem(&old.cert_pem, &certificate, err);
    if (rc == 0)
        rc = pin_open(&old.key_pem, attempt->job->pin, ret_key, &attempt->pin_refused, err);
    if (rc == 0)
        *ret_certificate = steal(&certificate);
    return rc;
}

/* A key that no renewal can be signed with any more, as after the TPM was exchanged, must not leave
 * the owner without a certificate for good: it is asked for as the first one was. */
static int take_old_or_none(struct attempt *attempt, X509 **ret_certificate, EVP_PKEY **ret_key,
                            struct err *err)
{
    struct err lost;
    int rc = take_old(attempt, ret_certificate, ret_key, &lost);
    if (rc != -ERR_CONFIG)
        return rc < 0 ? err_set(err, lost.class, "%s", lost.text) : rc;
    attempt->action = ACTION_ENROL;
    on_progress(attempt, lost.text);
    on_progress(attempt, "the key before is lost; asking anew instead of renewing");
    return 0;
}

/* Before anything that takes memory, processors or a server's time. */
static int take_turn(struct attempt *attempt, struct err *err)
{
    const struct agent *agent = attempt->job->agent;
    unsigned n = agent->profiles.settings.max_requests;
    int rc = store_turn(&agent->store, n, deadline_in(0), &attempt->turn, err);
    if (rc != -ERR_RETRY)
        return rc;
    on_progress(attempt, "waiting for other requests to end");
    return store_turn(&agent->store, n, deadline_in(JOB_LOCK_WAIT_MS), &attempt->turn, err);
}

static void add_texts(json_t *list, const struct strings *texts)
{
    for (size_t i = 0; i < texts->n; i++)
        json_array_append_new(list, json_string(texts->v[i]));
}

/* What hands on the entry's place in the spread of renewals, and tells a renewal that is due from
 * one that is due again. */
static void describe_pace(const struct attempt *attempt, json_t *meta)
{
    json_object_set_new(meta, "share", json_integer(view_share(attempt->view)));
    json_object_set_new(meta, "obtained", json_integer(clock_now()));
}

static int describe(const struct attempt *attempt, const struct scep_result *result, int64_t own_ms,
                    json_t **ret, struct err *err)
{
    autojson *meta = NULL;
    autojson *warnings = json_array();
    enum key_storage storage = attempt->job->profile->scep.key_storage;
    struct err remark;
    const struct engine_view *view = &attempt->view->engine;
    int rc = certificate_describe(result->certificate, &meta, err);
    if (rc < 0)
        return rc;
    json_object_set_new(meta, "wish", json_string(view->wanted));
    json_object_set_new(meta, "transaction_id", json_string(view->state.transaction_id));
    json_object_set_new(meta, "url", json_string(result->url));
    describe_pace(attempt, meta);
    json_object_set_new(meta, "key_ms", json_integer(attempt->key_ms));
    json_object_set_new(meta, "server_ms", json_integer(result->server_ms + attempt->challenge_ms));
    json_object_set_new(meta, "own_ms", json_integer(own_ms));
    json_object_set_new(meta, "key_storage",
                        json_string(storage == STORAGE_TPM_PIN ? TOKEN_STORAGE_PIN
                                    : attempt->in_tpm          ? "tpm"
                                                               : "software"));
    add_texts(warnings, &attempt->request->warnings);
    if (!attempt->in_tpm && storage_remark(storage, attempt->request, &remark))
        json_array_append_new(warnings, json_string(remark.text));
    add_texts(warnings, &result->warnings);
    add_texts(warnings, &result->differences);
    if (json_array_size(warnings))
        json_object_set(meta, "warnings", warnings);
    *ret = steal(&meta);
    return 0;
}

static int install(struct attempt *attempt, const struct scep_result *result, int64_t own_ms,
                   struct err *err)
{
    autojson *meta = NULL;
    autobuf certificate = {0}, chain = {0};
    unsigned number;

    int rc = describe(attempt, result, own_ms, &meta, err);
    if (rc == 0)
        rc = certificate_to_pem(result->certificate, &certificate, err);
    if (rc == 0)
        rc = chain_to_pem(result->chain, &chain, err);
    if (rc == 0)
        rc = entry_commit(attempt->entry, &certificate, &chain, meta, &number, err);
    if (rc == 0)
        on_progress(attempt, "the certificate is installed");
    return rc;
}

/* The certificate that came is not kept, and the one before goes on working. The CA has answered,
 * so there is nothing more to ask it in this transaction. */
static int reject(struct attempt *attempt, const struct scep_result *result, struct err *err)
{
    autobuf list = {0};
    int rc = 0;
    if (result->rejection.class) {
        attempt->refused = true;
        return err_set(err, result->rejection.class, "%s", result->rejection.text);
    }
    for (size_t i = 0; rc == 0 && i < result->differences.n; i++)
        rc = buf_printf(&list, err, "%s%s", i ? "; " : "", result->differences.v[i]);
    if (rc < 0)
        return rc;
    attempt->refused = true;
    return err_set(
        err, ERR_CONFIG,
        "%.200s: the certificate is not as asked for: %.640s; have the CA issue what the "
        "profile asks for, or take it with on-mismatch = warn",
        result->url, buf_text(&list));
}

/* For a day that is years away: no certificate is lost for want of it. */
static void keep_next(struct attempt *attempt, const STACK_OF(X509) *next)
{
    struct err err;
    if (next && roots_keep_next(attempt->entry, next, &err) < 0)
        on_progress(attempt, err.text);
}

/* What came of it, for the journal; what failed is told by the cycle. */
static void note(const struct attempt *attempt, const char *what)
{
    const struct job *job = attempt->job;
    log_line(LOG_INFO, "profile %s, %s: %s, at %s (transaction %s)", job->profile->name,
             job->user ? job->user : "device", what, attempt->view->engine.state.url,
             attempt->view->engine.state.transaction_id);
}

static int ask(struct attempt *attempt, struct scep_operation *operation, deadline start,
               struct err *err)
{
    CLEANUP(scep_result_free) struct scep_result result = {0};
    struct entry_state *state = &attempt->view->engine.state;

    int rc = scep_enrol(operation, &result, err);
    /* An HTTP status is the word of whoever stands before the CA, not the CA's. */
    attempt->refused =
        rc == -ERR_DENIED && attempt->status == HTTP_OK && !attempt->challenge_missing;
    attempt->unreached = rc == -ERR_RETRY && attempt->called && !attempt->answered;
    if (rc < 0)
        return rc;
    snprintf(state->url, sizeof state->url, "%s", result.url);
    if (result.outcome == SCEP_PENDING) {
        if (attempt->action != ACTION_POLL)
            note(attempt, "the CA has to approve the request");
        rc = attempt_write(attempt, EVENT_PENDING,
                           "the CA has not decided yet: somebody there has to approve the request",
                           err);
        on_progress(attempt, state->reason);
        return rc;
    }
    if (result.outcome == SCEP_REJECTED)
        return reject(attempt, &result, err);
    attempt->key_ms += result.key_ms;
    int64_t own_ms =
        deadline_in(0) - start - attempt->key_ms - result.server_ms - attempt->challenge_ms;
    keep_next(attempt, result.next);
    rc = install(attempt, &result, own_ms, err);
    if (rc < 0)
        return rc;
    note(attempt, "the certificate is installed");
    return attempt_write(attempt, EVENT_ISSUED, "", err);
}

int attempt_make(struct attempt *attempt, struct err *err)
{
    const struct profile *profile = attempt->job->profile;
    CLEANUP(EVP_PKEY_free_p) EVP_PKEY *key = NULL, *old_key = NULL;
    CLEANUP(X509_free_p) X509 *old = NULL;
    CLEANUP(roots_free) struct roots roots = {0};
    CLEANUP(strings_free) struct strings urls = {0};

    int rc = take_turn(attempt, err);
    deadline start = deadline_in(0);
    if (rc == 0)
        rc = roots_read(attempt->job->agent, profile, attempt->entry, clock_now(), &roots, err);
    if (rc == 0)
        rc = open_transport(attempt, err);
    /* Before the new key: it may be that there is no leave to use this one. */
    if (rc == 0 && attempt->action == ACTION_RENEW)
        rc = take_old_or_none(attempt, &old, &old_key, err);
    if (rc == 0)
        rc = take_key(attempt, &key, err);
    attempt->in_tpm = rc == 0 && tpm_holds(key);
    if (rc == 0)
        rc = begin(attempt, key, err);
    if (rc == 0)
        rc = take_urls(attempt, &urls, err);
    if (rc < 0)
        return rc;

    struct scep_operation operation = {
        .urls = &urls,
        .ca_ident = profile->scep.ca_ident,
        .roots = roots.anchors,
        .known = roots.known,
        .issuers = roots.issuers,
        .ca_fingerprints = &profile->scep.ca_fingerprints,
        .strength = {profile->scep.minimum_crypto, profile->scep.accept_des},
        .hash = attempt->request->hash,
        .key = key,
        .key_apart = pin_is_asked(profile),
        .request = attempt->request,
        .old_certificate = old,
        .old_key = old_key,
        .transaction_id = attempt->view->engine.state.transaction_id,
        .strict = profile->scep.on_mismatch == MISMATCH_REJECT,
        .poll = attempt->action == ACTION_POLL,
        .challenge = on_challenge,
        .transport = on_call,
        .progress = on_progress,
        .context = attempt,
    };
    return ask(attempt, &operation, start, err);
}

void attempt_fail(struct attempt *attempt, struct err *failure)
{
    const struct engine_view *view = &attempt->view->engine;
    struct err err;
    /* Where it cannot be kept it is lost, as it would have been without. */
    kept_put(attempt->entry, &attempt->job->profile->scep.challenge, view->state.transaction_id,
             &attempt->kept, NULL);
    enum engine_event event = attempt->refused     ? EVENT_REFUSED
                              : attempt->unreached ? EVENT_UNREACHED
                              : attempt->unmet     ? EVENT_UNMET
                                                   : EVENT_FAILED;
    if (is_left_to_user(attempt, event)) {
        struct err first = *failure;
        err_set(failure, first.class, "%.900s; to try again: signet pin %s", first.text,
                attempt->job->profile->name);
    }
    if (attempt_write(attempt, event, failure->text, &err) < 0) {
        struct err first = *failure;
        err_set(failure, first.class, "%.500s; its state could not be written either: %.400s",
                first.text, err.text);
    }
}
